import { addReservations, type Reservation } from './budget.js';
import type { ModelCall } from '../record/model-call.js';
import { addMoney, isMoney, NO_MONEY, type Money } from './amount.js';

/** What model calls used. */
export interface Usage {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  /** Cost of the calls whose cost is known. */
  costMicroUsd: Money;
  /** Calls whose cost is not known: the model has no price, the reply told no usage, or no whole reply came (S25). */
  unpricedCalls: number;
  /** The worst case of replies that told no usage. It counts against the budget in place of the usage. */
  reservedMicroUsd: Money;
  reservedTokens: number;
  /** What counts against the budget beside the replies: the worst case of calls that got no whole reply. */
  brokenMicroUsd: Money;
  brokenTokens: number;
  /** What was paid before a reset for work that the reset undid. */
  undoneMicroUsd: Money;
  undoneTokens: number;
}

/** Usage before the first call. */
export function noUsage(): Usage {
  return {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    costMicroUsd: NO_MONEY,
    unpricedCalls: 0,
    reservedMicroUsd: NO_MONEY,
    reservedTokens: 0,
    brokenMicroUsd: NO_MONEY,
    brokenTokens: 0,
    undoneMicroUsd: NO_MONEY,
    undoneTokens: 0,
  };
}

const MONEY_KEYS = ['costMicroUsd', 'reservedMicroUsd', 'brokenMicroUsd', 'undoneMicroUsd'] as const;
const COUNT_KEYS = [
  'calls',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'reasoningTokens',
  'unpricedCalls',
  'reservedTokens',
  'brokenTokens',
  'undoneTokens',
] as const;

/** The exact sum of several usages. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const total = noUsage();
  for (const key of MONEY_KEYS) total[key] = addMoney(...usages.map((usage) => usage[key]));
  for (const key of COUNT_KEYS) total[key] = usages.reduce((sum, usage) => sum + usage[key], 0);
  return total;
}

/** Whether a value from outside is a usage: a person can give an activity any result. */
export function isUsage(value: unknown): value is Usage {
  if (typeof value !== 'object' || value === null) return false;
  const usage = value as Record<string, unknown>;
  return MONEY_KEYS.every((key) => isMoney(usage[key])) && COUNT_KEYS.every((key) => typeof usage[key] === 'number');
}

/** What the replies of conversations count against a budget. */
export function repliesOf(usage: Usage): Reservation {
  const { costMicroUsd, inputTokens, outputTokens, reservedMicroUsd, reservedTokens } = usage;
  return addReservations(
    { microUsd: costMicroUsd, tokens: inputTokens + outputTokens },
    { microUsd: reservedMicroUsd, tokens: reservedTokens },
  );
}

/** What counts against a budget beside the replies of conversations. */
function besideReplies({ brokenMicroUsd, brokenTokens, undoneMicroUsd, undoneTokens }: Usage): Reservation {
  return addReservations(
    { microUsd: brokenMicroUsd, tokens: brokenTokens },
    { microUsd: undoneMicroUsd, tokens: undoneTokens },
  );
}

/** Everything that counts against a budget. */
export function countedOf(usage: Usage): Reservation {
  return addReservations(repliesOf(usage), besideReplies(usage));
}

/** What one call counts against a budget: what it used where that is known, or else its worst case. */
export function countedOfCall(call: ModelCall): Reservation {
  const { inputTokens, outputTokens, costInputMicroUsd, costOutputMicroUsd, reservedMicroUsd, reservedTokens } = call;
  return addReservations(
    {
      microUsd: addMoney(costInputMicroUsd ?? NO_MONEY, costOutputMicroUsd ?? NO_MONEY),
      tokens: inputTokens + outputTokens,
    },
    { microUsd: reservedMicroUsd ?? NO_MONEY, tokens: reservedTokens ?? 0 },
  );
}

/** Usage with one more model call in it. */
export function addCall(usage: Usage, call: ModelCall): Usage {
  const {
    costInputMicroUsd: input,
    costOutputMicroUsd: output,
    inputTokens,
    outputTokens,
    cachedTokens,
    reasoningTokens,
  } = call;
  const { reservedMicroUsd, reservedTokens } = {
    reservedMicroUsd: call.reservedMicroUsd ?? NO_MONEY,
    reservedTokens: call.reservedTokens ?? 0,
  };
  return sumUsage([
    usage,
    {
      ...noUsage(),
      calls: 1,
      inputTokens,
      outputTokens,
      cachedTokens,
      reasoningTokens,
      costMicroUsd: addMoney(input ?? NO_MONEY, output ?? NO_MONEY),
      unpricedCalls: input === null || output === null ? 1 : 0,
      ...(call.status === 'ok'
        ? { reservedMicroUsd, reservedTokens }
        : { brokenMicroUsd: reservedMicroUsd, brokenTokens: reservedTokens }),
    },
  ]);
}
