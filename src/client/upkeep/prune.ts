import { readConfig } from '../../config.js';
import { pruneWorkspaces, type Pruned } from '../../upkeep/prune-workspaces.js';
import { readDuration } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { withMirror } from '../command-line/with-mirror.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** `prune`: removes the workspaces of runs that ended long ago, on the machine where they are. */
export const prune = defineCommand({
  usage: '[--older-than 14d] [--ignored-too] [--dry-run]',
  about: 'remove folders and conversations of runs that ended long ago; work that exists nowhere else is kept',
  options: {
    'older-than': { type: 'string', value: 'TIME', about: 'how long ago a run must have ended (14d)' },
    'ignored-too': { type: 'boolean', about: 'also delete files that .gitignore names: they are in no commit' },
    'dry-run': { type: 'boolean', about: 'only say what would be done' },
  },
  run: async (values) => {
    const { keepConversationsMs, ...config } = readConfig(process.env, [
      'workspaceRoot',
      'maxArtifactBytes',
      'keepConversationsMs',
    ]);
    const olderThanMs = readDuration(values['older-than'], '--older-than', 14 * DAY_MS);
    const dryRun = values['dry-run'] === true;
    const ignoredToo = values['ignored-too'] === true;
    const { pruned, conversations } = await withMirror(async (mirror) => ({
      pruned: await pruneWorkspaces(mirror, { ...config, olderThanMs, ignoredToo, dryRun }),
      conversations: await mirror.deleteOldConversations(endedBefore(keepConversationsMs), dryRun),
    }));
    const told = `conversations of ${conversations} runs ${dryRun ? 'would be deleted' : 'deleted'}`;
    print(values.json, { dryRun, ...pruned, conversations }, `${pruneText(pruned, dryRun)}\n${told}`);
    return EXIT.ok;
  },
});

/** A time this long ago. It is never before 1970, because neither we nor PostgreSQL have dates of any length. */
function endedBefore(ms: number): Date {
  return new Date(Math.max(0, Date.now() - ms));
}

function pruneText({ workspaces, others }: Pruned, dryRun: boolean): string {
  const lines = workspaces.map(({ runId, workflowId, kept, branch }) => {
    const name = `${workflowId ?? 'unknown run'} (${runId})`;
    if (kept !== null) return `kept     ${name}: ${kept}`;
    return `${dryRun ? 'would be removed' : 'removed '} ${name}${branch?.kept ? `; branch ${branch.name} stays: ${branch.kept}` : branch ? `; with branch ${branch.name}` : ''}`;
  });
  const gone = workspaces.filter(({ kept }) => kept === null).length;
  const foreign = others.map(({ name, why }) => `other    ${name}: ${why}`);
  return [
    ...lines,
    ...foreign,
    `${gone} ${dryRun ? 'would be removed' : 'removed'}, ${workspaces.length - gone} kept`,
  ].join('\n');
}
