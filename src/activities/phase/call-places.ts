import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { AgentRequest, CallPlace } from '../../agent/agent-request.js';
import { keepPatiently } from '../../agent/conversation/keep-patiently.js';
import { settledWithin } from '../../agent/settled-within.js';
import type { BackendCap } from '../../domain/template/backends.js';
import type { Wait } from '../../mirror/model-slots.js';
import type { PhaseRun } from './phase-run.js';

/** A place is free again this long after its worker was killed. */
const LEASE_MS = 30_000;
const RENEW_MS = 8_000;
/** Others wait this long when a provider limits the rate and names no time. */
const PAUSE_MS = 1_000;
/** A provider may name a day for one run. The others ask again after this time, and then know for themselves. */
const LONGEST_PAUSE_MS = 60_000;
/** Longest that one waits before asking again: places become free at any time. */
const LOOK_MS = 1_000;
/** Without a cap, a database that takes longer than this to tell of a pause is not waited for. */
const GLANCE_MS = 500;

/**
 * Lets a phase's calls of a backend begin only while the backend's cap has room for them, among the calls of all workers,
 * and not while the provider limits the rate of any of them. The time of waiting is not the agent's. Waiting for a place
 * is not the provider's failure, so it doesn't count against the phase's patience either.
 */
export function callPlaces(run: PhaseRun, backend: string, cap: BackendCap): NonNullable<AgentRequest['takePlace']> {
  const { slots } = run.deps.mirror;
  const isCapped = cap.maxConcurrent !== undefined || cap.requestsPerMinute !== undefined;
  const phase = run.task.phase.key;
  let leaving: Promise<void> = Promise.resolve();

  const look = async (id: string, signal: AbortSignal): Promise<Wait | null> => {
    const take = (): Promise<Wait | null> => slots.take(backend, id, cap, LEASE_MS);
    if (isCapped) return keepPatiently(take, signal, (reason) => void log.warn('waits for a place', { phase, reason }));
    // without a cap this is a courtesy, and no call waits for the database because of it
    let found: Wait | null = null;
    const looked = take().then((wait) => void (found = wait));
    await settledWithin(GLANCE_MS, [looked.catch(() => undefined)]);
    return found;
  };

  const wait = async (id: string, signal: AbortSignal): Promise<void> => {
    const letGo = run.clock.hold();
    let told = false;
    try {
      for (;;) {
        const since = performance.now();
        const found = await look(id, signal);
        if (found === null) return;
        if (!told) log.info('a model call waits', { phase, backend, why: found.why, ms: found.ms });
        told = true;
        await sleep(Math.min(found.ms, LOOK_MS) * (0.75 + Math.random() / 2), undefined, { signal });
        if (found.why !== 'pause') run.progress.heldUp(performance.now() - since);
      }
    } finally {
      letGo();
    }
  };

  return async (signal): Promise<CallPlace> => {
    await leaving;
    const id = randomUUID();
    try {
      await wait(id, signal);
      signal.throwIfAborted();
    } catch (error) {
      // the place may have been taken although the answer was not waited for
      if (isCapped) void slots.free(id).catch(() => undefined);
      throw error;
    }
    const renewing = isCapped
      ? setInterval(() => void slots.renew(id, LEASE_MS).catch(() => undefined), RENEW_MS)
      : undefined;
    return {
      limited: (ms = PAUSE_MS) => {
        const pause = Math.min(Math.max(ms, PAUSE_MS), LONGEST_PAUSE_MS);
        void slots.pause(backend, pause).catch(() => undefined);
      },
      leave: () => {
        clearInterval(renewing);
        // a place that can't be given back now ends with its lease
        if (isCapped) leaving = slots.free(id).catch(() => undefined);
      },
    };
  };
}
