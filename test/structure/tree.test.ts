import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { LONG_FILES } from '../support/long-files.js';

const SRC = path.join(PACKAGE_ROOT, 'src');
/** More files than this in one folder hide things. */
const MOST_FILES = 25;

function files(): string[] {
  const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
  return found.filter((name) => /\.(ts|mjs)$/.test(name) && !name.startsWith('generated')).sort();
}

/** What each file imports from the tree, types included. */
function imports(): Map<string, string[]> {
  const all = new Set(files());
  return new Map(
    [...all].map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(path.join(SRC, file), 'utf8'), true, true);
      const targets = importedFiles.map(({ fileName }) =>
        path.join(path.dirname(file), fileName).replace(/\.js$/, '.ts'),
      );
      return [file, targets.filter((target) => all.has(target))];
    }),
  );
}

/** Groups of files that import each other, by Tarjan's algorithm. */
function circles(graph: Map<string, string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

test(`no room has more than ${MOST_FILES} files`, () => {
  const rooms = new Map<string, number>();
  for (const file of files()) rooms.set(path.dirname(file), (rooms.get(path.dirname(file)) ?? 0) + 1);
  assert.deepEqual(
    [...rooms].filter(([, count]) => count > MOST_FILES),
    [],
  );
});

test('no files import each other in a circle', () => {
  assert.deepEqual(circles(imports()), []);
});

test('that test does see a circle', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ]);
  assert.deepEqual(circles(graph), [['a', 'b', 'c']]);
});

test('the test files that are known to take long are there', () => {
  assert.deepEqual(
    Object.keys(LONG_FILES).filter((file) => !existsSync(path.join(PACKAGE_ROOT, file))),
    [],
  );
});
