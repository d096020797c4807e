import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PhasegateError } from '../../src/domain/failures.js';
import { asRefusal } from '../../src/workspace/confined/held-folder.js';
import { PathRefused } from '../../src/workspace/confined/path-refused.js';

const errno = (code: string): Error => Object.assign(new Error(`${code}: of the system`), { code });

test('a disk that fails ends the attempt; the agent is told of everything else about a path', () => {
  for (const code of [
    'EACCES',
    'EPERM',
    'EBUSY',
    'ETXTBSY',
    'EXDEV',
    'ENXIO',
    'ENODEV',
    'ENAMETOOLONG',
    'ELOOP',
    'ENOTDIR',
    'EISDIR',
    'EILSEQ',
    'EINVAL',
  ]) {
    const refusal = asRefusal(errno(code), 'repo/a');
    assert.ok(refusal instanceof PathRefused && refusal.message.startsWith('repo/a'), code);
  }
  for (const code of ['EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ESTALE']) {
    const failure = asRefusal(errno(code), 'repo/a');
    assert.ok(
      failure instanceof PhasegateError &&
        failure.code === (/ENOSPC|EDQUOT/.test(code) ? 'disk_full' : 'workspace_failed'),
      code,
    );
  }
});
