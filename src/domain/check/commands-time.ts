import type { PlannedCheck, PlannedCommands } from './planned-check.js';

/** Commands wait for their turn while those of other runs are at work. */
const MOST_WAITING_MS = 6 * 3_600_000;

/**
 * The longest that set-up and checks of one attempt may take: each check with its repetitions, and all of them once more
 * at the base commit. 0 where nothing is to run.
 */
export function commandsMs(
  { checks }: { checks?: readonly PlannedCheck[] },
  commands: Pick<PlannedCommands, 'setup' | 'sandbox'> | undefined,
): number {
  if (!commands || commands.sandbox === 'off' || !Array.isArray(commands.setup)) return 0;
  const setup = commands.setup.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
  const all = (checks ?? []).reduce((sum, { timeoutMs, retries }) => sum + timeoutMs * 2 * (retries + 1), setup);
  return all === 0 ? 0 : all + MOST_WAITING_MS;
}
