import type { FailureCode } from '../../domain/failures.js';

/** What git and remotes say of a push that failed (LC_ALL=C). The first that fits counts. */
const KINDS: readonly (readonly [code: FailureCode, words: RegExp])[] = [
  ['forge_archived', /archived/i],
  [
    'remote_branch_moved',
    /\[rejected\].*\((?:stale info|non-fast-forward|fetch first|needs force|remote ref updated)/i,
  ],
  ['remote_rejected', /\[remote rejected\]|hook declined|protected branch|\bGH0\d\d\b/i],
  ['remote_refused', /transport '.*' not allowed/i],
  [
    'remote_not_found',
    /returned error: (?:404|410|30\d)|repository .*not found|does not appear to be a git repository|does not exist|project you were looking for/i,
  ],
  [
    'remote_auth_failed',
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[13]|Permission denied|Access denied|Host key verification failed|dubious ownership|insufficient permission/i,
  ],
  [
    'remote_unreachable',
    /Could not resolve|Connection (?:refused|reset|timed out|closed)|Failed to connect|timed out|returned error: (?:5\d\d|429)|early EOF|unexpected disconnect|hung up unexpectedly|unable to access|Network is unreachable|No route to host/i,
  ],
];

/** The code of a push, or of a look at a remote, that failed. @param words - all that git wrote */
export function pushFailureCode(words: string): FailureCode {
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'remote_rejected';
}
