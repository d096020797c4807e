import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ArtifactRef } from '../../domain/artifact.js';
import type { Changes } from '../../domain/change/changes.js';
import { PhasegateError } from '../../domain/failures.js';
import type { PhaseTask } from '../../domain/phase-contract.js';
import type { PromptFacts } from '../../domain/prompt/phase-prompt.js';
import { decodeText } from '../../domain/text/decode-text.js';
import { sha256 } from '../../domain/text/hash.js';
import { readArtifactFiles } from '../../workspace/artifact-file.js';
import { readChanges } from '../../workspace/changes/read-changes.js';
import type { RunFolder } from '../../workspace/run-folder.js';
import { openWorktree, type Worktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from './phase-run.js';
import { repositoryFacts } from './repository-facts.js';

/** Most bytes of earlier artifacts in a prompt, together. */
const MOST_ARTIFACTS = 16 * 1024;

/**
 * What the first message of a phase's conversation is made of.
 *
 * @throws PhasegateError `workspace_lost`
 */
export async function promptFacts(run: PhaseRun): Promise<PromptFacts> {
  const { task, progress, folder } = run;
  const worktree = await openWorktree(folder);
  return {
    run: task.run,
    phase: task.phase,
    requirements: await readRequirements(task, folder),
    earlier: task.earlier,
    texts: await artifactTexts(task, folder.root),
    repository: task.repository,
    looks: await repositoryFacts(worktree),
    mayChangeRepository: run.mayChangeRepository,
    changes: await changesToReview(run, worktree),
    attempt: progress.attempt,
    round: task.round,
    sentBack: task.sentBack,
    comments: task.comments,
    nonce: randomUUID(),
  };
}

/** The text of the artifacts that fit: what sent the work back first, then the newest. A changed file is left out. */
async function artifactTexts({ earlier, sentBack }: PhaseTask, root: string): Promise<Map<string, string>> {
  const copies = [sentBack?.artifact, sentBack?.own].flatMap((copy) => copy ?? []);
  let left = MOST_ARTIFACTS;
  const fitting: ArtifactRef[] = [];
  for (const artifact of [...copies, ...earlier.toReversed()]) {
    if (artifact.bytes > left || fitting.some(({ path }) => path === artifact.path)) continue;
    left -= artifact.bytes;
    fitting.push(artifact);
  }
  const expected = fitting.map(({ path, bytes }) => ({ path, maxBytes: bytes }));
  const files = await readArtifactFiles(root, expected, (file) => file);
  return new Map(
    fitting.flatMap((artifact, n): [string, string][] => {
      const file = files[n];
      if (file?.kind !== 'file' || file.sha256 !== artifact.sha256) return [];
      const text = decodeText(file.bytes);
      return text === null ? [] : [[artifact.path, text]];
    }),
  );
}

/** What the run has changed so far, for an agent that can look at it. */
async function changesToReview({ task, cancelled }: PhaseRun, { gitDir }: Worktree): Promise<Changes | null> {
  const { baseCommit } = task.repository;
  if (task.head === baseCommit || !task.binding.persona.tools.includes('git_diff')) return null;
  return readChanges({ gitDir }, baseCommit, task.head, cancelled);
}

async function readRequirements({ requirements }: PhaseTask, folder: RunFolder): Promise<string> {
  const text = await readFile(folder.requirements, 'utf8').catch(() => null);
  if (text !== null && sha256(text) === requirements.sha256) return text;
  throw new PhasegateError(
    'workspace_lost',
    `${folder.requirements} is missing, or not the requirements that the run was started with`,
  );
}
