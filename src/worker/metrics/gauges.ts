import { Runtime } from '@temporalio/worker';
import type { Mirror } from '../../mirror/types.js';
import type { WorkerSandbox } from '../../sandbox/worker-sandbox.js';

const EVERY_MS = 15_000;

/**
 * Keeps the metrics that are a state and no count: how many runs are open and how many gates wait (as the mirror has
 * them, so every worker tells the same), and how many commands run and wait in this worker.
 *
 * @returns ends it
 */
export function keepGauges(mirror: Pick<Mirror, 'readLoad'>, sandbox: WorkerSandbox): () => void {
  const meter = Runtime.instance().metricMeter;
  const look = async (): Promise<void> => {
    const commands = sandbox.load();
    meter.createGauge('phasegate_commands_running').set(commands.running);
    meter.createGauge('phasegate_commands_waiting').set(commands.waiting);
    const load = await mirror.readLoad();
    meter.createGauge('phasegate_gates_open').set(load.openGates);
    for (const [state, runs] of Object.entries(load.runs))
      meter.createGauge('phasegate_runs_open').set(runs, { state });
  };
  // while PostgreSQL is away the last values stay; others say that it is away
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS);
  void look().catch(() => undefined);
  return () => clearInterval(timer);
}
