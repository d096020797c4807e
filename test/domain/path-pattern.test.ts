import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leadsToPattern, matchesPattern, pathPattern, patternProblem } from '../../src/domain/check/path-pattern.js';

const matches = (pattern: string, path: string): boolean => matchesPattern(pathPattern(pattern), path);

test('a pattern means files as .gitignore does', () => {
  const table: [pattern: string, matching: string[], others: string[]][] = [
    ['package.json', ['package.json', 'packages/a/package.json'], ['package.json5', 'xpackage.json', 'package-json']],
    ['/package.json', ['package.json'], ['packages/a/package.json']],
    ['.github/**', ['.github/workflows/ci.yml', '.github/a'], ['x/.github/a', '.githubx/a']],
    ['.github', ['.github/workflows/ci.yml', 'x/.github/a'], ['.githubx']],
    // a file or a link named docs would take the folder's place
    ['docs/', ['docs/a.md', 'x/docs/a.md', 'docs', 'x/docs'], ['docsx', 'xdocs/a']],
    ['/ci/', ['ci', 'ci/a'], ['x/ci', 'x/ci/a']],
    ['jest.config.*', ['jest.config.js', 'a/jest.config.ts', 'jest.config.'], ['jest.config', 'jestxconfig.js']],
    ['src/*.ts', ['src/a.ts', 'src/.ts'], ['src/a/b.ts', 'a/src/b.ts', 'src/a.tsx']],
    ['src/**/*.ts', ['src/a.ts', 'src/a/b/c.ts'], ['a/src/b.ts', 'src/a.js']],
    ['**/test/**', ['test/a', 'a/test/b', 'test'], ['tests/a']],
    ['{a,b{c,d}}.x', ['a.x', 'bc.x', 'z/bd.x'], ['b.x', 'c.x']],
    ['pages/[id].tsx', ['pages/[id].tsx'], ['pages/i.tsx']],
    ['a?c', ['abc', 'x/a-c'], ['ac', 'a/c', 'abbc']],
    ['{a}', ['{a}'], ['a']],
    ['a{b', ['a{b'], ['ab']],
    ['a+(b)', ['a+(b)'], ['ab', 'abb']],
  ];
  for (const [pattern, matching, others] of table) {
    assert.equal(patternProblem(pattern), undefined, pattern);
    for (const path of matching) assert.ok(matches(pattern, path), `${pattern} ${path}`);
    for (const path of others) assert.ok(!matches(pattern, path), `${pattern} ${path}`);
  }
});

test('a link on the way to what a pattern means is seen', () => {
  const table: [pattern: string, leading: string[], others: string[]][] = [
    ['/ci/deploy.sh', ['ci'], ['x', 'x/ci', 'ci/other', 'ci/deploy.sh', 'deploy.sh']],
    ['packages/*/package.json', ['packages', 'packages/a'], ['packages/a/b', 'a']],
    ['**/ci/*.sh', ['ci', 'a/ci'], ['a', 'ci/x']],
    ['src/**/*.ts', ['src'], ['x']],
    // a name that counts in every folder is seen where the link leads to
    ['package.json', [], ['packages', 'a/b']],
    ['{a,b/c}/d', ['a', 'b', 'b/c'], ['c', 'd', 'b/d']],
  ];
  for (const [pattern, leading, others] of table) {
    for (const path of leading) assert.ok(leadsToPattern(pathPattern(pattern), path), `${pattern} ${path}`);
    for (const path of others) assert.ok(!leadsToPattern(pathPattern(pattern), path), `${pattern} ${path}`);
  }
});

test('a text that is no pattern is refused', () => {
  const table: [string, RegExp][] = [
    ['', /empty/],
    ['  ', /empty/],
    ['/', /empty/],
    ['!a', /!/],
    ['a\\b', /backslash/],
    ['a\nb', /control/],
    ['../a', /\.\./],
    ['./a', /root/],
    ['{a,..}/b', /\.\./],
    ['a//b', /empty part/],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', /alternatives/],
    ['{'.repeat(20) + 'a,b}'.repeat(20), /alternatives|taken/],
  ];
  for (const [pattern, words] of table) assert.match(patternProblem(pattern) ?? 'taken', words, pattern);
});

const names = fc.stringMatching(/^[ab.]{1,4}$/).filter((name) => !/^\.+$/.test(name));
const paths = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const patternNames = fc.oneof(fc.constant('**'), fc.stringMatching(/^[ab.*?]{1,4}$/));
const patterns = fc
  .array(patternNames, { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)
  .filter((pattern) => patternProblem(pattern) === undefined);

/** The same meaning as a regular expression, which may be slow. */
function reference(pattern: string): RegExp {
  const parts = pattern.slice(1).split('/');
  const source = parts.map((part) =>
    part === '**'
      ? '(?:/[^/]+)*'
      : `/${part.replace(/\*+|[?.]/g, (found) => ({ '?': '[^/]', '.': '\\.' })[found] ?? '[^/]*')}`,
  );
  return new RegExp(`^${source.join('')}(?:/[^/]+)*$`);
}

test('it agrees with a regular expression of the same meaning', () => {
  fc.assert(
    fc.property(patterns, paths, (pattern, path) => {
      assert.equal(matches(pattern, path), reference(pattern).test(`/${path}`), `${pattern} ${path}`);
    }),
    { numRuns: 5_000 },
  );
});

test('a path matches itself as a pattern, and everything below it', () => {
  fc.assert(
    fc.property(paths, paths, (path, below) => {
      assert.ok(matches(`/${path}`, path));
      assert.ok(matches(`/${path}`, `${path}/${below}`));
      assert.ok(matches('**', path));
    }),
  );
});

test('no pattern is slow', () => {
  const slow: [string, string][] = [
    [`${'*a'.repeat(127)}b`, 'a'.repeat(4_000)],
    [`${'**/a/'.repeat(50)}b`, 'a/'.repeat(2_000) + 'c'],
    [`${'{a,b}'.repeat(6)}${'*a'.repeat(100)}`, 'a'.repeat(4_000) + 'b'],
  ];
  const begin = performance.now();
  for (const [pattern, path] of slow) assert.equal(matches(pattern, path), false);
  assert.ok(performance.now() - begin < 2_000);
});
