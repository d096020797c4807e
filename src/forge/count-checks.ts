import type { ForgeChecks } from '../domain/deliver/deliver.js';
import { cut } from '../domain/failures.js';

/** One check of a commit, as a forge tells it. */
export interface ForgeCheck {
  name: string;
  state: 'passed' | 'failed' | 'pending';
}

const MOST_NAMED = 20;

/** What all checks say together: one that is red counts more than one that still runs. */
export function countChecks(checks: readonly ForgeCheck[]): ForgeChecks {
  const of = (state: ForgeCheck['state']): ForgeCheck[] => checks.filter((check) => check.state === state);
  const [passed, failed, pending] = [of('passed').length, of('failed'), of('pending').length];
  const state = failed.length > 0 ? 'failed' : pending > 0 ? 'pending' : passed > 0 ? 'passed' : 'none';
  const red = failed.slice(0, MOST_NAMED).map(({ name }) => cut(name.replace(/[\p{Cc}\p{Cf}]+/gu, ' '), 100));
  return { state, passed, failed: failed.length, pending, red };
}
