import type { AttemptProblem } from '../../domain/attempt-problem.js';
import type { PhaseTask } from '../../domain/phase-contract.js';
import type { ModelPrice } from '../../domain/template/backends.js';
import { modelsOf, type PersonaModel } from '../../domain/template/persona.js';
import { runFolder, type RunFolder } from '../../workspace/run-folder.js';
import type { ActivityDeps } from '../deps.js';
import { AttemptClock } from './attempt-clock.js';
import type { PhaseProgress } from './phase-progress.js';
import { threadIdOf } from './thread-id.js';

/** A phase that runs on this worker: one of Temporal's tries. */
export class PhaseRun {
  readonly folder: RunFolder;
  /** The id of the phase's conversation. */
  readonly threadId: string;
  /** The clock of the attempt at the artifact. */
  readonly clock: AttemptClock;
  /** What is wrong with the artifact that this try's agent wrote last, as the agent was told; null for a valid one. */
  refused: AttemptProblem | null = null;

  /** @param cancelled - fires when the run is to stop, or Temporal has given this try up */
  constructor(
    readonly deps: ActivityDeps,
    readonly task: PhaseTask,
    readonly progress: PhaseProgress,
    readonly cancelled: AbortSignal,
  ) {
    this.folder = runFolder(deps.config.workspaceRoot, task.run.runId);
    this.threadId = threadIdOf(task.run, task.phase.key, task.round);
    this.clock = new AttemptClock(task.phase.timeoutMs, progress.usedMs);
  }

  /**
   * The number of the attempt under way in the conversation. Attempts of earlier executions of the phase are counted.
   */
  get attempt(): number {
    return this.task.attemptOffset + this.progress.attempt;
  }

  /** The model that the phase uses now: the persona's own, or a fallback. */
  get model(): PersonaModel {
    const { persona } = this.task.binding;
    return modelsOf(persona)[this.progress.model] ?? persona;
  }

  /** The price of that model; null where the table has none. */
  get price(): ModelPrice | null {
    return this.task.prices[this.progress.model] ?? null;
  }

  /** Whether this phase's agent may change files below `repo/`. */
  get mayChangeRepository(): boolean {
    return this.task.binding.persona.repoAccess === 'write';
  }

  /** The facts that every failure of the phase has. */
  get facts(): { phase: string; attempts: number; usage: PhaseProgress['usage'] } {
    return { phase: this.task.phase.key, attempts: this.attempt, usage: this.progress.usage };
  }
}
