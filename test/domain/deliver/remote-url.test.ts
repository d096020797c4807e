import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PhasegateError } from '../../../src/domain/failures.js';
import { readRemoteUrl } from '../../../src/domain/deliver/remote-url.js';

test('the URLs of remotes that a push may go to', () => {
  const table: [url: string, kind: string, host: string | null, repository: string | null][] = [
    ['https://github.com/acme/app.git', 'http', 'github.com', 'acme/app'],
    ['https://someone:secret@GitHub.com/acme/app', 'http', 'github.com', 'acme/app'],
    ['/srv/git/a clone/app.git', 'path', null, null],
    ['https://git.test:8443/group/sub/app.git/', 'http', 'git.test:8443', 'group/sub/app'],
    ['http://127.0.0.1:80/a/b', 'http', '127.0.0.1', 'a/b'],
    ['git@github.com:acme/app.git', 'ssh', 'github.com', 'acme/app'],
    ['work:app', 'ssh', 'work', 'app'],
    ['ssh://git@git.test:2222/acme/app.git', 'ssh', 'git.test:2222', 'acme/app'],
    ['/srv/app.git', 'path', null, null],
    ['file:///srv/app.git', 'path', null, null],
  ];
  for (const [url, ...expected] of table) {
    const { kind, host, repository } = readRemoteUrl(url);
    assert.deepEqual([kind, host, repository], expected, url);
  }
  assert.ok(!readRemoteUrl('https://someone:secret@github.com/a/b').url.includes('secret'));
});

test('the URLs that could run a program, or send a token in the clear, are refused without their password', () => {
  const refused = [
    'ext::sh -c id',
    'ext::id',
    'fd::17',
    'git-remote-x::https://a/b',
    '--upload-pack=id',
    '-oProxyCommand=id',
    '-oProxyCommand=id:repo',
    'ssh://-oProxyCommand=id/repo',
    'ssh://-oProxy@host/repo',
    'host:-oProxy',
    'http://github.com/acme/app',
    'git://github.com/acme/app',
    'ftp://u:secret@host/x',
    'file://host/share',
    'https://host/a?b=c',
    'https://host/a\nb',
    '../other.git',
    'relative/path',
    '',
  ];
  for (const url of refused)
    assert.throws(
      () => readRemoteUrl(url),
      (error) =>
        error instanceof PhasegateError && error.code === 'remote_refused' && !error.message.includes('secret'),
      url,
    );
});

test('whatever the URL is, it is understood as one of the three kinds, or refused with a code', () => {
  const any = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc
      .tuple(fc.constantFrom('ssh://', 'file://', 'https://', 'ext::', 'a@b:', '/'), fc.string())
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(any, (url) => {
      try {
        const { kind, url: plain } = readRemoteUrl(url);
        assert.ok(['http', 'ssh', 'path'].includes(kind) && !plain.startsWith('-') && !plain.includes('::-'));
      } catch (error) {
        assert.ok(error instanceof PhasegateError && error.code === 'remote_refused', String(error));
      }
    }),
  );
});
