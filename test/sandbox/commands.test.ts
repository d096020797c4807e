import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.js';
import { isolated, openTestSandbox, SKIP } from './support/sandboxes.js';

const stack = SKIP === false ? await openTestSandbox() : null;
const { run, folder, config } = stack ?? ({} as NonNullable<typeof stack>);

isolated('a string is given to a shell, a list is executed as it is', async () => {
  assert.equal((await run('echo $((1 + 1))')).output.text, '2\n');
  assert.equal((await run(['/bin/echo', '$((1 + 1))', '*', 'a b'])).output.text, '$((1 + 1)) * a b\n');
  // a word that a shell has as a command of its own is a program here
  assert.equal((await run(['exit', '0'])).end, 'not_found');
});

isolated('the exit code decides, and each end has its own words', async () => {
  const how = async (command: string | string[]) => {
    const { end, exitCode, signal } = await run(command);
    return [end, exitCode, signal];
  };
  assert.deepEqual(await how('true'), ['exited', 0, null]);
  assert.deepEqual(await how('exit 2'), ['exited', 2, null]);
  assert.deepEqual(await how('kill -SEGV $$'), ['exited', 139, 'SIGSEGV']);
  assert.deepEqual(await how('no-such-program'), ['not_found', 127, null]);
  assert.deepEqual(await how(['no-such-program']), ['not_found', 127, null]);
  assert.deepEqual(await how('echo > f; ./f'), ['not_executable', 126, null]);
});

isolated('the folder is the working directory, and what is written there stays', async () => {
  const place = folder();
  writeFileSync(join(place, 'old'), 'old');
  const { output } = await run('pwd; cat old; echo new > new; rm old', { folder: place });
  assert.equal(output.text, '/work/repo\nold');
  assert.deepEqual(readdirSync(place), ['new']);
});

isolated('what is written to a folder that is thrown away is seen by the command only', async () => {
  const place = folder();
  mkdirSync(join(place, 'sub'));
  writeFileSync(join(place, 'sub', 'file'), 'before');
  const { output } = await run(
    'echo after > sub/file; echo x > sub/more; mv sub/file moved; rm -r sub; cat moved; ls',
    {
      folder: place,
      access: 'throw_away',
    },
  );
  assert.equal(output.text, 'after\nmoved\n');
  assert.deepEqual(readdirSync(place), ['sub']);
  assert.deepEqual(readdirSync(join(place, 'sub')), ['file']);
  assert.equal(readFileSync(join(place, 'sub', 'file'), 'utf8'), 'before');
});

isolated('nothing is in the environment but what is said', async () => {
  const { output } = await run('env', { env: { FOO: 'a\nb', CI: 'true' } });
  const names = output.text.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  const languages = /^(RUSTUP_HOME|[A-Z]+_ROOT|[A-Z]+_HOME|GOROOT|NVM_BIN|[A-Z]+_DATA_DIR)$/;
  assert.deepEqual(names.filter((name) => !languages.test(name)).sort(), [
    'CI',
    'FOO',
    'HOME',
    'LANG',
    'PATH',
    'PWD',
    'TERM',
    'TMPDIR',
  ]);
  assert.match(output.text, /^FOO=a\nb$/m);
});

isolated('standard output and error come in the order in which they were written, also by their names', async () => {
  const { output } = await run('echo 1; echo 2 >&2; echo 3 > /dev/stderr; echo 4 > /dev/stdout; echo 5 >&2');
  assert.equal(output.text, '1\n2\n3\n4\n5\n');
  assert.equal(output.sha256, createHash('sha256').update(output.text).digest('hex'));
  assert.deepEqual([output.bytes, output.truncated], [10, false]);
});

isolated('a command that takes too long is ended with all that it started', async () => {
  const place = folder();
  const { end, exitCode, signal, durationMs } = await run(
    `trap '' TERM INT HUP; setsid sh -c "trap '' TERM; while :; do date >> beats; sleep 0.05; done" & sleep 1000`,
    { folder: place, timeoutMs: 500 },
  );
  assert.deepEqual([end, exitCode, signal], ['timed_out', null, 'SIGKILL']);
  assert.ok(durationMs >= 500 && durationMs < 10_000, `${durationMs} ms`);
  await nothingIsWritten(join(place, 'beats'));
});

isolated('a process in the background ends with the command, and writes nothing afterwards', async () => {
  const place = folder();
  const { end, output } = await run(
    `(setsid sh -c 'while :; do echo x >> beats; sleep 0.02; done' >/dev/null 2>&1 &); (sleep 1000 &) ; until [ -s beats ]; do sleep 0.02; done; echo done`,
    { folder: place },
  );
  assert.deepEqual([end, output.text], ['exited', 'done\n']);
  await nothingIsWritten(join(place, 'beats'));
});

isolated('a signal ends everything, and the call rejects with its reason', async () => {
  const stop = new AbortController();
  const place = folder();
  const running = run(`while :; do echo x >> beats; sleep 0.02; done`, { folder: place, signal: stop.signal });
  await until(() => existsSync(join(place, 'beats')));
  const why = new Error('cancelled');
  stop.abort(why);
  await assert.rejects(running, why);
  await nothingIsWritten(join(place, 'beats'));
});

isolated('nothing is left on disk beside the folder', async () => {
  await run('echo x > /tmp/a; mkdir -m 0 /tmp/closed ~/closed; mkdir -p ~/d/e; chmod 0 ~/d/e; echo x > b; chmod 0 b', {
    access: 'throw_away',
  });
  const [own, ...others] = readdirSync(join(config.workspaceRoot, '.sandbox'));
  assert.deepEqual(others, []);
  assert.deepEqual(readdirSync(join(config.workspaceRoot, '.sandbox', own ?? '')), []);
});

isolated('a home that is kept has what set-up wrote there; later commands can throw their changes away', async () => {
  const home = folder();
  await run('echo cached > ~/cache', { home: { folder: home, access: 'write' } });
  const second = await run('cat ~/cache; echo changed > ~/cache; cat ~/cache', {
    home: { folder: home, access: 'throw_away' },
  });
  assert.equal(second.output.text, 'cached\nchanged\n');
  assert.equal(readFileSync(join(home, 'cache'), 'utf8'), 'cached\n');
});

async function nothingIsWritten(file: string): Promise<void> {
  const before = readFileSync(file, 'utf8').length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(readFileSync(file, 'utf8').length, before);
}
