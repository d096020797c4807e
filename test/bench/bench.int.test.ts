import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const folder = mkdtempSync(path.join(tmpdir(), 'phasegate-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Results {
  machine: { cores: number };
  versions: Record<string, string>;
  rows: { measure: string; verdict: string }[];
  measures: { events: { samples: Record<string, Record<string, { events: number }>> } };
}

test('npm run bench measures, prints one table and writes its results; no process is left', () => {
  const output = path.join(folder, 'results.json');
  // the measures that need neither the network nor a build
  const args = [
    '--import',
    'tsx',
    'bench/main.ts',
    '--quick',
    '--only',
    'events,engine,lag,statements',
    '--output',
    output,
  ];
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: folder,
    TEMPORAL_CLI: process.env.TEMPORAL_CLI,
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: PACKAGE_ROOT,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\| measure \| measured \| ratio \| target \|/);
  assert.match(stdout, /SELECT public\.append_run_events/);
  const { machine, versions, rows, measures } = JSON.parse(readFileSync(output, 'utf8')) as Results;
  assert.ok(machine.cores > 0);
  assert.match(versions.postgres ?? '', /^\d/);
  assert.equal(
    measures.events.samples.floor?.[5]?.events,
    35,
    'five activities of six events each, and five for the run',
  );
  for (const name of ['floor', 'phasegate', 'phasegate-empty', 'phasegate-stub'])
    assert.ok(
      rows.some(({ measure }) => measure.endsWith(`: ${name}`)),
      name,
    );
  assert.equal(spawnSync('pgrep', ['-f', folder]).stdout.toString(), '', 'a process lives on');
});
