import { parseDuration } from '../text/duration.js';
import { hostName } from './host-name.js';
import type { PlannedCheck, PlannedStep } from './planned-check.js';
import { CHECK_DEFAULTS, type RepositoryCheck, type SetupStep } from './repository-file.js';

/** The steps of a set-up with all defaults filled in. */
export function planSetup(steps: readonly SetupStep[]): PlannedStep[] {
  return steps.map(({ run, network = [], timeout = '' }) => ({
    run,
    network: network === 'host' ? 'host' : network.length === 0 ? 'none' : [...new Set(network.map(hostName))],
    timeoutMs: parseDuration(timeout) ?? CHECK_DEFAULTS.timeoutMs,
  }));
}

/** The checks of a repository with all defaults filled in. */
export function planRepositoryChecks(checks: readonly RepositoryCheck[]): PlannedCheck[] {
  return checks.map(({ name, run, timeout = '', retries = CHECK_DEFAULTS.retries, required = false }) => ({
    name,
    run,
    expect: 'pass',
    timeoutMs: parseDuration(timeout) ?? CHECK_DEFAULTS.timeoutMs,
    retries,
    required,
    unchanged: null,
  }));
}
