import { parseSocketPlace } from '../domain/text/socket-place.js';
import { isListening } from './processes/ports.js';

const ADDRESSES = ['PHASEGATE_METRICS_ADDRESS', 'PHASEGATE_HEALTH_ADDRESS'];

/**
 * Leaves out addresses whose port is taken. A worker would not start with them, and a first run needs neither metrics
 * nor probes.
 *
 * @param env - the stack's
 * @returns the variables to replace
 */
export async function withoutTakenAddresses(
  env: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<Record<string, string>> {
  const replaced: Record<string, string> = {};
  for (const name of ADDRESSES) {
    const place = parseSocketPlace(env[name] ?? '');
    if (!place || place.port === 0 || !(await isListening(place.port))) continue;
    replaced[name] = '';
    say(`${name}: something listens on ${env[name]} already, so the worker starts without it.`);
  }
  return replaced;
}
