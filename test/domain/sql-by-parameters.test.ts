import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const SRC = path.join(PACKAGE_ROOT, 'src');

/**
 * Beginnings of SQL that is put together from parts, each with the reason why no text from outside is in it; nothing
 * but parameters may follow.
 */
const ALLOWED: Record<string, string> = {
  'local/postgres/postgres.ts: CREATE DATABASE ${client.escapeIdentifier(name)}':
    'a name of ours, escaped; a parameter can stand for no name',
};

const STATEMENT =
  /^\s*(?:--[^\n]*\n\s*)*(?:select\b[^]*\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\S+\s+as|create\s+(?:table|database|schema|index|role)|drop\s+(?:table|database|schema)|alter\s+table|truncate|set\s+\w+\s*=|grant)\b/i;
/** Prisma's tags make parameters of what stands in `${}`; these methods do not. */
const RAW = /^\$(?:queryRawUnsafe|executeRawUnsafe)$/;
const TAGS = /\$(?:queryRaw|executeRaw)$|Prisma\.sql$/;

interface Finding {
  file: string;
  text: string;
}

/** Every statement that is built of parts, every call that takes SQL as a mere text made elsewhere. */
function builtStatements(name: string, text: string): Finding[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: Finding[] = [];
  const add = (node: ts.Node): void =>
    void found.push({
      file: name,
      text: node
        .getText(source)
        .replace(/^[`'"]|[`'"]$/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    });
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node) && STATEMENT.test(node.getText(source).slice(1))) {
      const tagged = ts.isTaggedTemplateExpression(node.parent) && TAGS.test(node.parent.tag.getText(source));
      if (!tagged) add(node);
    }
    // 'SELECT … ' + something
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
      ts.isStringLiteralLike(node.left) &&
      STATEMENT.test(`${node.left.text} from`)
    )
      add(node);
    if (ts.isPropertyAccessExpression(node) && RAW.test(node.name.text)) add(node);
    if (ts.isPropertyAccessExpression(node) && node.getText(source) === 'Prisma.raw') add(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('values from outside reach SQL only as parameters', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  );
  const found = files
    .flatMap((file) => builtStatements(file, readFileSync(path.join(SRC, file), 'utf8')))
    .map(({ file, text }) => `${file}: ${text}`);
  const isAllowed = (finding: string): boolean =>
    Object.keys(ALLOWED).some((start) => finding.startsWith(start) && !finding.slice(start.length).includes('${'));
  assert.deepEqual(
    found.filter((finding) => !isAllowed(finding)),
    [],
  );
  for (const start of Object.keys(ALLOWED))
    assert.ok(
      found.some((finding) => finding.startsWith(start)),
      `no longer there: ${start}`,
    );
});

test('that test does see SQL that is put together', () => {
  const statements = [
    'await pool.query(`SELECT * FROM runs WHERE id = ${id}`)',
    "pool.query(`\n  delete from runs where id = '${id}'`)",
    "db.query('UPDATE runs SET state = ' + state)",
    'db.query("insert into x values (" + v + ")")',
    'db.$queryRawUnsafe(text)',
    'db.$executeRawUnsafe(`x`)',
    'db.$queryRaw(Prisma.raw(text))',
    'const q = `WITH a AS (SELECT ${x}) SELECT 1`',
    'x.sql`SELECT a FROM b WHERE c = ${d}`',
  ];
  for (const statement of statements) assert.equal(builtStatements('x.ts', statement).length, 1, statement);
  const sound = [
    'db.$queryRaw`SELECT a FROM b WHERE c = ${d}`',
    "pool.query('SELECT a FROM b WHERE c = $1', [d])",
    'say(`update of ${name}`)',
  ];
  for (const statement of sound) assert.deepEqual(builtStatements('x.ts', statement), [], statement);
});

test("SQL names the schema of each table, since a pooler's connection may have any search_path", () => {
  const schema = readFileSync(path.join(SRC, '../prisma/schema.prisma'), 'utf8');
  const tables = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name);
  const unqualified = new RegExp(
    `\\b(?:from|into|update|join|table)\\s+(?:${tables.join('|')}|append_run_events|apply_event)\\b|\\bselect\\s+\\w+_run_\\w+\\(`,
    'gi',
  );
  const listed = readdirSync(path.join(SRC, 'mirror'), { recursive: true, encoding: 'utf8' });
  const files = listed.filter((file) => file.endsWith('.ts'));
  assert.ok(files.includes('projections/run-change.ts'));
  assert.deepEqual(
    files.flatMap((file) =>
      [...readFileSync(path.join(SRC, 'mirror', file), 'utf8').matchAll(unqualified)].map(
        ([text]) => `${file}: ${text}`,
      ),
    ),
    [],
  );
  assert.match('SELECT 1 FROM runs r', unqualified);
});
