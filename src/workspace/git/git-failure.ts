import type { FailureCode } from '../../domain/failures.js';

/**
 * What git says of a failure, in English (LC_ALL=C), and the code that says what to do. The first that fits counts.
 */
const KINDS: readonly (readonly [code: FailureCode, words: RegExp])[] = [
  ['disk_full', /No space left on device|Disk quota exceeded/i],
  ['branch_in_use', /is already (?:checked out|used by worktree) at/i],
  [
    'branch_in_the_way',
    /cannot lock ref '[^']*': '[^']*' exists; cannot create|there are still refs under|cannot create (?:directory|branch).*File exists/i,
  ],
  ['repo_locked', /\.lock'?: File exists|Another git process seems to be running|could not lock config file/i],
  ['repo_not_trusted', /dubious ownership|safe\.directory|unsafe repository/i],
  [
    'repo_permission_denied',
    /Permission denied|insufficient permission|Operation not permitted|Read-only file system/i,
  ],
  [
    'repo_unsupported',
    /unknown repository (?:extension|object format)|Expected git repo version|bad index version|unknown index entry format|extension, which we do not understand|unknown (?:ref storage|hash algorithm)|invalid value for 'extensions\./i,
  ],
  [
    'repo_config_invalid',
    /bad (?:config|numeric config|boolean config)|(?:invalid|missing) value for '|unable to parse .*config/i,
  ],
  ['repo_incomplete', /promisor|lazy fetching|partial clone|shallow/i],
  [
    'repo_damaged',
    /corrupt|bad (?:object|tree|signature|ref|index file)|unable to (?:read|find) (?:tree|sha1|object|[0-9a-f]{7})|(?:missing|invalid) (?:blob|tree|commit|object|sha1)|object file .* is empty|inflate|index file smaller|packfile|could not parse|reference broken|broken (?:link|ref)|could not (?:get|read) object/i,
  ],
];

/**
 * The code of a failure of git.
 *
 * @param words - what git wrote to its standard error
 * @returns `workspace_failed` for failures without advice of their own
 */
export function gitFailureCode(words: string): FailureCode {
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'workspace_failed';
}
