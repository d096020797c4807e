import { CancellationScope, log as logger } from '@temporalio/workflow';
import type { Notice } from '../domain/activity-contract.js';
import type { NotifyHook } from '../domain/template/template.js';
import { notify } from './activities.js';
import type { LiveRun } from './live-run.js';

/** Tells people through the template's hooks. The phases never wait for it, and it can't fail the run. */
export class Notices {
  #owed = 0;

  constructor(private readonly live: LiveRun) {}

  /**
   * @param about - `the end` means that the run has ended by itself and nobody knows: it closes only when the notice
   *   has arrived or has had all its tries
   */
  tell(notice: Omit<Notice, 'run' | 'at'>, about: 'the end' | 'the way' = 'the way'): void {
    const full: Notice = { run: this.live.status.run, at: new Date().toISOString(), ...notice };
    for (const hook of this.live.plan?.notify ?? []) {
      if (about === 'the end') this.#owed++;
      void this.#send(hook, full).finally(() => {
        if (about === 'the end') this.#owed--;
      });
    }
  }

  /** Whether no notice about the run's end is on its way. */
  get allTold(): boolean {
    return this.#owed === 0;
  }

  async #send(hook: NotifyHook, notice: Notice): Promise<void> {
    try {
      await CancellationScope.nonCancellable(() => notify(hook, notice));
    } catch (error) {
      logger.warn('a notice did not reach anybody', { kind: notice.kind, error: String(error) });
    }
  }
}
