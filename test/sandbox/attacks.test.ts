import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { GitView } from '../../src/domain/check/git-view.js';
import { gitView } from '../../src/workspace/git/git-view.js';
import { languageFiles } from '../../src/sandbox/bwrap/language-files.js';
import { until } from '../support/until.js';
import { isolated, openTestSandbox, SKIP } from './support/sandboxes.js';

const stack = SKIP === false ? await openTestSandbox() : null;
const { run, folder, config } = stack ?? ({} as NonNullable<typeof stack>);
const hasPython = spawnSync('/usr/bin/python3', ['-c', '']).status === 0;

isolated("no process of the machine is seen, and the worker's environment can't be read", async () => {
  process.env.PHASEGATE_TEST_SECRET = 'the-secret-of-the-worker';
  const { output } = await run(
    `ls /proc | grep -c '^[0-9]'; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; cat /proc/${process.pid}/environ; kill -0 ${process.pid}`,
  );
  assert.doesNotMatch(output.text, /the-secret-of-the-worker/);
  assert.ok(Number(output.text.split('\n')[0]) < 6, output.text);
  assert.match(output.text, /No such process/);
});

isolated('no file of the machine is seen but the system and languages', async () => {
  const place = folder();
  const secret = join(place, '..', 'secret');
  writeFileSync(secret, 'the-secret-file');
  const { output } = await run(
    `cat ${secret} ../secret /etc/shadow /etc/hostname ${config.workspaceRoot}; ls -a / /root /home /var /mnt /srv /run /etc; cat /etc/passwd; ls ${process.cwd()}`,
    { folder: place },
  );
  assert.doesNotMatch(output.text, /the-secret-file|package\.json|\.ssh|docker/);
  assert.match(output.text, /cannot access '\/var'/);
  const { readOnly } = languageFiles(process.env, process.execPath, [config.workspaceRoot]);
  const named = new Set([
    'bin',
    'dev',
    'etc',
    'home',
    'proc',
    'tmp',
    'usr',
    'work',
    'sbin',
    'lib',
    'lib32',
    'lib64',
    'libx32',
    'nix',
    'gnu',
    'run',
  ]);
  for (const { at } of readOnly) named.add(at.split('/')[1] ?? '');
  const root = (await run('ls /')).output.text.trim().split('\n');
  assert.deepEqual(
    root.filter((name) => !named.has(name)),
    [],
  );
});

isolated('nothing outside of the folder can be written', async () => {
  const { output } = await run(
    `for f in / /usr /etc /dev /proc/sys /sys ${dirsOfPath()}; do (echo x > $f/phasegate-was-here) 2>/dev/null && echo "wrote $f"; done; for f in $(find /proc -path '/proc/[0-9]*' -prune -o -type f -writable -print 2>/dev/null | grep -v -e ^/proc/self -e ^/proc/thread-self); do [ -w $f ] && (: >> $f) 2>/dev/null && echo "opened $f"; done; mount | grep -v -e ' (ro' -e ' on /work/repo' -e ' on /tmp' -e ' on /home/agent' -e ' on /proc ' -e ' on /dev'; true`,
  );
  assert.equal(output.text, '');
  assert.equal(statSync('/usr/phasegate-was-here', { throwIfNoEntry: false }), undefined);
});

isolated('the kernel takes no setting from inside, also when the worker is root', async () => {
  const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
  const { output } = await run(
    `echo x > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger; echo 1 > /proc/sys/vm/drop_caches; echo 5 > /proc/sys/kernel/hostname`,
  );
  assert.equal(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), before);
  assert.equal(output.text.trim().split('\n').length, 4, output.text);
});

isolated('ports of the worker, and its path and abstract Unix sockets, are out of reach', async (t) => {
  const place = folder();
  const sockets = [
    await listening(t, { host: '127.0.0.1', port: 0 }),
    await listening(t, { host: '::1', port: 0 }),
    await listening(t, { host: '0.0.0.0', port: 0 }),
  ];
  const path = join(place, '..', 'daemon.sock');
  await listening(t, { path });
  await listening(t, { path: '\0phasegate-abstract' });
  const ports = sockets.map((server) => (server.address() as AddressInfo).port);
  const script = `
    const net = require('node:net');
    const targets = [{host:'127.0.0.1',port:${ports[0]}},{host:'::1',port:${ports[1]}},{host:'127.0.0.1',port:${ports[2]}},{host:'10.0.0.1',port:80},
      {path:${JSON.stringify(path)}},{path:'\\0phasegate-abstract'},{path:'/var/run/docker.sock'},{path:'/run/dbus/system_bus_socket'}];
    for (const target of targets) net.connect(target).on('connect', () => console.log('REACHED', target)).on('error', (e) => console.log(e.code));`;
  const { output } = await run(['node', '-e', script], { folder: place });
  assert.doesNotMatch(output.text, /REACHED/);
  assert.equal(output.text.trim().split('\n').length, 8, output.text);
});

isolated('nothing that the worker has open is handed on', async () => {
  const { output } = await run('ls -l /proc/self/fd | grep -v -e /proc -e total | wc -l');
  // standard input, output and error: nothing that the worker had open
  assert.equal(output.text.trim(), '3');
});

isolated('no privilege can be gained: namespaces, mounts, other users, tracing', async () => {
  const { output } = await run(
    `unshare -U true && echo GAINED; unshare -m true && echo GAINED; mount -t tmpfs x /tmp && echo GAINED; umount /proc && echo GAINED; chroot / true && echo GAINED; su -c true && echo GAINED; mknod /tmp/sda b 8 0 && echo GAINED; grep -e ^Cap -e NoNewPrivs -e ^Seccomp: /proc/self/status`,
  );
  assert.doesNotMatch(output.text, /GAINED/);
  const status = Object.fromEntries(
    output.text.split('\n').flatMap((line) => {
      const [, name, value] = /^(Cap\w+|NoNewPrivs|Seccomp):\s+(\w+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  ) as Record<string, string>;
  assert.deepEqual(status, {
    ...Object.fromEntries(['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => [name, '0'.repeat(16)])),
    NoNewPrivs: '1',
    Seccomp: '2',
  });
});

isolated('a file can not be made set-user-id, by any call', async () => {
  const place = folder();
  const { output } = await run(
    `cp /bin/sh a; chmod 4755 a; chmod 2755 a; chmod u+s a; install -m 4755 /bin/sh b; ${
      hasPython
        ? `/usr/bin/python3 -c "
import os
def no(f, *a):
    try: f(*a); print('DONE', a)
    except OSError as e: print(e.errno)
no(os.open, 'c', os.O_CREAT | os.O_WRONLY, 0o4755)
no(os.mknod, 'd', 0o104755)
fd = os.open('e', os.O_CREAT | os.O_WRONLY, 0o755); no(os.fchmod, fd, 0o6755)
"`
        : 'true'
    }; echo end`,
    { folder: place },
  );
  assert.doesNotMatch(output.text, /DONE/);
  for (const name of readdirSync(place)) assert.equal(lstatSync(join(place, name)).mode & 0o6000, 0, name);
  assert.match(output.text, /Operation not permitted/);
});

isolated('a terminal can not be typed into, and the keys of the machine are not seen', async () => {
  if (!hasPython) return;
  const { output } = await run([
    '/usr/bin/python3',
    '-c',
    `
import ctypes, fcntl, os, pty
a, b = pty.openpty()
try: fcntl.ioctl(b, 0x5412, b'x'); print('TYPED')
except OSError as e: print('ioctl', e.errno)
try: open('/dev/tty'); print('TERMINAL')
except OSError as e: print('tty', e.errno)
libc = ctypes.CDLL(None, use_errno=True)
print('keyctl', libc.syscall(250, 0, -3, 0), ctypes.get_errno())
print(open('/proc/keys').read() if os.path.exists('/proc/keys') and os.access('/proc/keys', os.R_OK) else 'no keys')
`,
  ]);
  assert.doesNotMatch(output.text, /TYPED|TERMINAL|keyring/);
  if (process.arch === 'x64') assert.match(output.text, /keyctl -1 1/);
});

isolated("git's own files can be read, and not changed", async () => {
  const { worktree, repository } = repositoryWithWorktree();
  const common = join(repository, '.git');
  const before = readdirSync(join(common, 'hooks'));
  const { output, exitCode } = await run(
    `git status --short && git log --oneline && git diff && git blame file >/dev/null || exit 9; git config core.fsmonitor evil; git config --worktree core.fsmonitor evil; echo evil > ${common}/hooks/post-checkout; echo 'gitdir: /work/repo/evil' > .git; rm -f .git; mv .git moved; ln -sf evil .git; git add -A; git commit -m x; git update-ref refs/heads/evil HEAD; echo x >> ${common}/config; true`,
    { folder: worktree, git: await viewOf(worktree, common) },
  );
  assert.equal(exitCode, 0, output.text);
  assert.match(readFileSync(join(worktree, '.git'), 'utf8'), new RegExp(`^gitdir: ${common}`));
  assert.doesNotMatch(readFileSync(join(common, 'config'), 'utf8'), /evil|^x$/m);
  assert.deepEqual(readdirSync(join(common, 'hooks')), before);
  assert.equal(execFileSync('git', ['branch', '--list', 'evil'], { cwd: repository, encoding: 'utf8' }), '');
});

isolated(
  "what git keeps in a repository beside its commits can't be read: passwords, headers, logs, other worktrees",
  async () => {
    const { worktree, repository } = repositoryWithWorktree();
    const common = join(repository, '.git');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, stdio: 'pipe' });
    const included = join(repository, '..', 'included');
    writeFileSync(included, '[http]\n\textraHeader = Authorization: Basic the-secret-7\n');
    git('config', 'remote.origin.url', 'https://me:the-secret-1@example.org/x.git');
    git('config', 'http.https://example.org.extraHeader', 'Authorization: Basic the-secret-2');
    git('config', 'credential.helper', '!echo password=the-secret-3');
    git('config', 'core.abbrev', '12');
    git('config', 'core.sshCommand', 'ssh -i the-secret-8');
    git('config', 'include.path', included);
    git('config', 'extensions.worktreeConfig', 'true');
    execFileSync('git', ['config', '--worktree', 'http.cookieFile', 'the-secret-4'], { cwd: worktree });
    writeFileSync(join(common, 'FETCH_HEAD'), 'branch of https://me:the-secret-5@example.org/x\n');
    mkdirSync(join(common, 'logs', 'refs', 'remotes'), { recursive: true });
    writeFileSync(join(common, 'logs', 'refs', 'remotes', 'origin'), 'fetch https://me:the-secret-6@example.org/x\n');
    mkdirSync(join(common, 'modules', 'sub'), { recursive: true });
    writeFileSync(join(common, 'modules', 'sub', 'config'), 'the-secret-9');
    writeFileSync(join(common, 'hooks', 'pre-push'), 'curl the-secret-10');
    writeFileSync(join(common, 'remotes'), 'the-secret-11');
    execFileSync('git', ['worktree', 'add', '-q', join(worktree, '..', 'other'), '-b', 'of-another-run'], {
      cwd: repository,
    });
    const { output, exitCode } = await run(
      `git config --list --show-origin; git remote -v; git log -g; cat .git; ls -R ${common} | grep -v '^[0-9a-f]*$'; grep -ra the-secret ${repository} ${common}; ` +
        `git config core.abbrev && git status && git log -p && git blame file && git grep text && git show HEAD:file && git branch`,
      { folder: worktree, git: await viewOf(worktree, common) },
    );
    assert.equal(exitCode, 0, output.text);
    assert.doesNotMatch(output.text, /the-secret|pre-push|worktrees\/other/);
    assert.match(output.text, /On branch work[^]*nothing to commit[^]*first[^]*of-another-run/);
  },
);

isolated('a repository that borrows its objects from another one can be read', async () => {
  const { repository } = repositoryWithWorktree();
  const [borrower, worktree] = [join(repository, '..', 'borrower'), join(repository, '..', 'borrowed')];
  execFileSync('git', ['clone', '-q', '--shared', repository, borrower]);
  execFileSync('git', ['worktree', 'add', '-q', worktree, '-b', 'mine'], { cwd: borrower });
  const view = await viewOf(worktree, join(borrower, '.git'));
  const { output, exitCode } = await run('git log --oneline && git show HEAD:file', { folder: worktree, git: view });
  assert.deepEqual([exitCode, /first\ntext/.test(output.text)], [0, true], output.text);
});

isolated('a link in the place of .git is not followed', async () => {
  const place = folder();
  const secret = join(place, '..', `secret-of-${place.split('/').at(-1)}`);
  mkdirSync(secret);
  writeFileSync(join(secret, 'key'), 'the-secret-key');
  symlinkSync(secret, join(place, '.git'));
  const { output } = await run('ls -la .git/; cat .git/key', { folder: place });
  assert.doesNotMatch(output.text, /the-secret-key/);
  rmSync(secret, { recursive: true });
});

isolated('a link that leads out is seen by nobody inside', async () => {
  const place = folder();
  symlinkSync('/etc/shadow', join(place, 'shadow'));
  symlinkSync(config.workspaceRoot, join(place, 'workspaces'));
  const { output } = await run('cat shadow; ls workspaces/', { folder: place });
  assert.match(output.text, /No such file[^]*(No such file|cannot access)/);
});

isolated('odd names and times are no problem, and stay in the folder', async () => {
  const place = folder();
  const { end, exitCode } = await run(
    `touch "$(printf 'a\\nb')" "$(printf '\\377')" -- -rf; touch -d '2200-01-01' future; mkdir -p "$(printf 'd\\n')"; mkfifo pipe; i=0; while [ $i -lt 300 ]; do mkdir dddddddddddddddddddd && cd dddddddddddddddddddd; i=$((i+1)); done`,
    { folder: place, access: 'throw_away' },
  );
  assert.deepEqual([end, exitCode], ['exited', 0]);
  assert.deepEqual(readdirSync(place), []);
  const [own = ''] = readdirSync(join(config.workspaceRoot, '.sandbox'));
  assert.deepEqual(readdirSync(join(config.workspaceRoot, '.sandbox', own)), []);
});

isolated('the environment of a command is not among the arguments of its processes outside', async () => {
  const place = folder();
  const running = run('touch begun; until [ -e go ]; do sleep 0.02; done', {
    folder: place,
    env: { TOKEN: 'a-token-of-npm' },
  });
  await until(() => existsSync(join(place, 'begun')));
  const seen = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes('a-token-of-npm'));
  writeFileSync(join(place, 'go'), '');
  assert.equal((await running).exitCode, 0);
  assert.deepEqual(seen, []);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function listening(t: TestContext, where: Parameters<Server['listen']>[0]): Promise<Server> {
  const server = createServer();
  server.listen(where);
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

function dirsOfPath(): string {
  return languageFiles(process.env, process.execPath, [])
    .readOnly.map(({ at }) => `'${at}'`)
    .join(' ');
}

function viewOf(worktree: string, commonDir: string): Promise<GitView> {
  const gitDir = readFileSync(join(worktree, '.git'), 'utf8').slice('gitdir: '.length).trimEnd();
  return gitView({ gitDir, commonDir });
}

function repositoryWithWorktree(): { repository: string; worktree: string } {
  const root = folder();
  const repository = join(root, 'repository');
  const worktree = join(root, 'worktree');
  mkdirSync(repository);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: repository, stdio: 'pipe' });
  git('init', '-q');
  writeFileSync(join(repository, 'file'), 'text\n');
  git('add', '-A');
  git('commit', '-qm', 'first');
  git('worktree', 'add', '-q', worktree, '-b', 'work');
  return { repository, worktree };
}
