import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../../config.js';
import type { SandboxKind } from '../../domain/check/command.js';
import { planSetup } from '../../domain/check/plan-commands.js';
import type { PlannedStep } from '../../domain/check/planned-check.js';
import type { RepositoryFile } from '../../domain/check/repository-file.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { parseDuration } from '../../domain/text/duration.js';
import { SANDBOX_SETTINGS } from '../../sandbox/common-setup.js';
import { openSandbox } from '../../sandbox/open-sandbox.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { throwAwayCheckout, type ThrowAwayCheckout } from '../../upkeep/throw-away-checkout.js';

/** Shown of the end of an output. */
const TAIL = 2_000;

/** What came out of one command. */
export interface Tried {
  /** `setup 1`, or the name of a check. */
  name: string;
  command: string;
  isGreen: boolean;
  /** `exit code 0`, `timed out` … */
  end: string;
  durationMs: number;
  /** The end of what it wrote. */
  output: string;
}

/** What came out of all commands, or why none was run. */
export interface Trial {
  sandbox: SandboxKind;
  notTried: string | null;
  tried: Tried[];
}

/**
 * Runs the set-up and the checks on a throw-away checkout, in the sandbox that PHASEGATE_SANDBOX names.
 *
 * @param say - told what runs now
 */
export async function tryCommands(
  file: RepositoryFile,
  repository: { commonDir: string; baseCommit: string },
  say: (text: string) => void,
): Promise<Trial> {
  const parent = await mkdtemp(path.join(tmpdir(), 'phasegate-init-'));
  try {
    const config = readConfig({ ...process.env, PHASEGATE_WORKSPACE_ROOT: parent }, SANDBOX_SETTINGS);
    const opened = await openSandbox(config, process.env).catch(whyNot);
    if (opened === null || typeof opened === 'string')
      return { sandbox: config.sandbox, notTried: opened ?? 'PHASEGATE_SANDBOX is off', tried: [] };
    const checkout = await throwAwayCheckout(repository, parent);
    try {
      const tried = await tryAll(file, { sandbox: opened, checkout, say });
      return { sandbox: opened.kind, notTried: null, tried };
    } finally {
      await checkout.remove();
    }
  } finally {
    await rm(parent, { recursive: true, force: true, maxRetries: 3 });
  }
}

function whyNot(error: unknown): string {
  if (error instanceof PhasegateError && error.code === 'sandbox_unavailable') return error.message;
  throw error;
}

interface Place {
  sandbox: Sandbox;
  checkout: ThrowAwayCheckout;
  say: (text: string) => void;
}

/** Without a set-up that works, checks would tell nothing. */
async function tryAll({ setup = [], checks = [] }: RepositoryFile, place: Place): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const [index, step] of planSetup(setup).entries()) {
    tried.push(await tryOne(`setup ${index + 1}`, step, place));
    if (!tried.at(-1)?.isGreen) return tried;
  }
  for (const { name, run, timeout = '10m' } of checks)
    tried.push(await tryOne(name, { run, network: 'none', timeoutMs: parseDuration(timeout) ?? 0 }, place));
  return tried;
}

async function tryOne(
  name: string,
  { run, network, timeoutMs }: PlannedStep,
  { sandbox, checkout, say }: Place,
): Promise<Tried> {
  const shown = typeof run === 'string' ? run : run.join(' ');
  say(`${name}: ${shown}`);
  const { end, exitCode, durationMs, output } = await sandbox.run({
    run,
    folder: checkout.folder,
    access: 'write',
    home: { folder: checkout.home, access: 'write' },
    git: checkout.git,
    network,
    env: {},
    secrets: [],
    timeoutMs,
    signal: new AbortController().signal,
  });
  const ended = exitCode === null ? end.replaceAll('_', ' ') : `exit code ${exitCode}`;
  const text = output.text.trimEnd();
  return {
    name,
    command: shown,
    isGreen: end === 'exited' && exitCode === 0,
    end: end === 'not_found' ? `${ended}: there is no such program` : ended,
    durationMs,
    output: text.length > TAIL ? `…${cut(text.slice(-TAIL), TAIL)}` : text,
  };
}
