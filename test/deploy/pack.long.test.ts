import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PACKAGE_ROOT } from '../../src/package-root.js';

test('phasegate works from the tarball that npm run tarball makes', { timeout: 600_000 }, (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'phasegate-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH, HOME: folder };
  execFileSync('npm', ['run', '--silent', 'tarball', '--', '--silent', '--pack-destination', folder], {
    cwd: PACKAGE_ROOT,
    env,
  });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  // as npm installs it, with the packages that this tree has already
  const modules = path.join(folder, 'node_modules');
  const place = path.join(modules, 'phasegate');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', path.join(folder, tarball), '--strip-components=1', '-C', place]);
  for (const name of readdirSync(path.join(PACKAGE_ROOT, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(path.join(PACKAGE_ROOT, 'node_modules', name), path.join(modules, name));
  mkdirSync(path.join(modules, '.bin'));
  chmodSync(path.join(place, 'dist/client.js'), 0o755);
  symlinkSync('../phasegate/dist/client.js', path.join(modules, '.bin/phasegate'));
  const help = execFileSync('npx', ['--no-install', 'phasegate', 'help'], { cwd: folder, env, encoding: 'utf8' });
  assert.match(help, /^usage: phasegate COMMAND …\n/);
  assert.ok(!help.includes('npm run client'));
  assert.match(help, /\n {2}show +what a phase left/);
  for (const part of [
    'templates/feature.yaml',
    'personas',
    'schemas/artifacts',
    'backends.yaml',
    'prisma/migrations',
    'dist/workflow-bundle.js',
  ])
    assert.ok(existsSync(path.join(place, part)), part);
  assert.ok(!existsSync(path.join(place, 'src')) && !existsSync(path.join(place, 'test')));
});
