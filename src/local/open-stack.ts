import { makePassableFolder } from './postgres/postgres-place.js';
import { claim, readHolding, type StackHolder } from './stack-holder.js';
import { bringUpClaimed, type StackOptions } from './stack.js';

/** A stack to start a run on. */
export interface OpenStack {
  env: Record<string, string>;
  /** For people: who brought the stack up, and which model answers. */
  about: string;
  /** False when another process brought it up and will end it. */
  own: boolean;
  /** Rejects when a part of our own stack ends by itself. */
  broken: Promise<never>;
}

/**
 * Uses the stack that stays up in another terminal, or brings one up. When another `npm start` will soon end its stack,
 * it waits for that instead: a run on that stack would be cut off.
 *
 * @throws PhasegateError `local_stack_failed`
 */
export async function openStack(options: StackOptions): Promise<OpenStack> {
  makePassableFolder(options.dir);
  let shared = await waitForTurn(options);
  // somebody else may take the folder first when it becomes free
  while (!shared && !(await claim(options.dir, options.kind, options.reaper.pid)).claimed)
    shared = await waitForTurn(options);
  if (shared) {
    return {
      env: shared.env,
      about: `Using the local stack that is up already in this folder.\n${shared.modelAbout}`,
      own: false,
      broken: new Promise(() => {}),
    };
  }
  options.say('Starting PostgreSQL, Temporal and a worker …');
  const stack = await bringUpClaimed(options);
  return { env: stack.env, about: stack.modelAbout, own: true, broken: stack.broken };
}

async function waitForTurn({ dir, say }: StackOptions): Promise<StackHolder['ready']> {
  let told = false;
  for (;;) {
    const holding = readHolding(dir);
    if (holding.state === 'free') return null;
    const { kind, ready, pid } = holding.holder;
    if (holding.state === 'held' && kind === 'stays' && ready) return ready;
    if (!told)
      say(
        `Another local stack of this folder ${holding.state === 'ending' ? 'is being ended' : 'is in use'} (process ${pid}): waiting for it …`,
      );
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
