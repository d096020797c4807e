import { checkRepositoryFile } from '../catalog/find-repository-file.js';
import type { SandboxKind } from '../domain/check/command.js';
import { planRepositoryChecks, planSetup } from '../domain/check/plan-commands.js';
import type { PlannedCheck, PlannedCommands } from '../domain/check/planned-check.js';
import type { RepositoryFile } from '../domain/check/repository-file.js';
import { PhasegateError } from '../domain/failures.js';
import { REPOSITORY_FILE } from '../domain/names.js';
import type { RunInput } from '../domain/run-input.js';
import { sha256 } from '../domain/text/hash.js';
import { offload, TookTooLong } from '../offload/offload.js';
import { listBaseFiles, readBaseFile } from '../workspace/git/base-file.js';
import type { Repository } from '../workspace/git/inspect-repository.js';
import { workTreeHas } from '../workspace/git/work-tree-file.js';

/** Far above any real file. */
const MAX_FILE_BYTES = 256 * 1024;
/** What people take for the file's name. */
const OTHER_NAME = '.phasegate.yml';
/** The whole planning has 3 s. */
const LISTING = { timeoutMs: 1_000, maxOutputBytes: 8 * 1024 * 1024 };

/** What a repository says of its commands, as its base commit has it. */
export interface RepositoryCommands {
  source: PlannedCommands['source'];
  file: RepositoryFile;
  warnings: string[];
}

/** The commands of a run: those around the phases, and the checks of the repository. */
export interface SettledCommands {
  commands: PlannedCommands;
  /** Null where nobody says anything of checks. */
  checks: PlannedCheck[] | null;
}

/**
 * Reads `.phasegate.yaml` from the base commit of a run. An agent can't change it for its own run, and the work tree of
 * the person does not count.
 *
 * @param keys - names of the variables that hold keys of backends
 * @throws PhasegateError `repository_file_invalid`, and the codes of git's failures
 */
export async function readRepositoryCommands(
  repository: Repository,
  keys: readonly string[],
): Promise<RepositoryCommands> {
  const files = await readBaseFile(repository, [REPOSITORY_FILE, OTHER_NAME], MAX_FILE_BYTES);
  const [base, other] = [files.get(REPOSITORY_FILE), files.get(OTHER_NAME)];
  if (!base?.found) {
    const note = other?.found ? WRONG_NAME : await notCommitted(repository);
    return { source: { kind: 'none', note }, file: {}, warnings: [] };
  }
  const { bytes } = base;
  const name = `${REPOSITORY_FILE} (commit ${repository.baseCommit.slice(0, 12)})`;
  const file = await checkRepositoryFile(name, bytes, keys);
  const warnings = await idleWarnings(repository, file.protect ?? []);
  return { source: { kind: 'file', sha256: 'refused' in bytes ? '' : sha256(bytes) }, file, warnings };
}

/** The commands of a run, once its input may have replaced what the repository says. */
export function settleCommands(
  { source, file, warnings }: RepositoryCommands,
  input: Pick<RunInput, 'setup' | 'checks'>,
  sandbox: SandboxKind,
): SettledCommands {
  const isReplaced = input.setup !== undefined || input.checks !== undefined;
  const { setup = [], checks, protect = [], env = [] } = { ...file, ...given(input) };
  const saysNothing = source.kind === 'none' && !isReplaced;
  return {
    commands: {
      source: isReplaced ? { kind: 'input' } : source,
      sandbox,
      setup: planSetup(setup),
      protect: [...new Set(protect)],
      env: [...new Set(env)],
      warnings,
    },
    checks: saysNothing ? null : planRepositoryChecks(checks ?? []),
  };
}

function given({ setup, checks }: Pick<RunInput, 'setup' | 'checks'>): Pick<RunInput, 'setup' | 'checks'> {
  return { ...(setup && { setup }), ...(checks && { checks }) };
}

const WRONG_NAME = `the repository has a ${OTHER_NAME}: only ${REPOSITORY_FILE} is read`;

async function notCommitted({ path, commonDir, baseName, baseCommit }: Repository): Promise<string | null> {
  if (!(await workTreeHas(path, commonDir, REPOSITORY_FILE))) return null;
  return (
    `the work tree of the repository has a ${REPOSITORY_FILE}, and the base commit ${baseCommit.slice(0, 12)} of ${baseName} ` +
    `has none: only what is committed counts`
  );
}

/** A pattern that matches nothing protects nothing, and may have a typing mistake. */
async function idleWarnings(repository: Repository, protect: readonly string[]): Promise<string[]> {
  if (protect.length === 0) return [];
  try {
    const idle = await offload('idlePatterns', protect, await listBaseFiles(repository, LISTING));
    return idle.map((index) => `protect: ${JSON.stringify(protect[index])} matches no file of the base commit`);
  } catch (error) {
    if (!(error instanceof TookTooLong || error instanceof PhasegateError)) throw error;
    return ['protect: whether each pattern matches a file could not be found out in time'];
  }
}
