import { Runtime } from '@temporalio/worker';
import type { ModelCall } from '../../domain/record/model-call.js';
import type { WorkMeter } from '../../domain/record/work-meter.js';
import { isFailureCode } from '../../domain/failures.js';
import { samplesOf } from './event-samples.js';

/**
 * Counts what this worker does, on the endpoint that also has the SDK's own metrics. An event is counted by the worker
 * that writes it into the mirror, once, so a replay or a repeated activity counts nothing.
 */
export function workerMeter(): WorkMeter {
  const meter = Runtime.instance().metricMeter;
  const count = (name: string, value: number, tags: Record<string, string>): void =>
    meter.createCounter(name).add(value, tags);
  const cost = wholeMicroUsd();
  return {
    eventsWritten: (events) => {
      const now = Date.now();
      for (const { kind, name, value, tags } of events.flatMap((event) => samplesOf(event, now))) {
        if (kind === 'count') count(name, value, tags);
        else meter.createHistogram(name, 'float').record(value, tags);
      }
    },
    modelCallEnded: (call, template) => {
      const of = { backend: call.backend, model: call.model, template };
      count('phasegate_model_calls', 1, { ...of, status: call.status, code: codeOf(call) });
      meter.createHistogram('phasegate_model_latency', 'float').record(call.latencyMs / 1_000, of);
      count('phasegate_model_tokens', call.inputTokens, { ...of, kind: 'input' });
      count('phasegate_model_tokens', call.outputTokens, { ...of, kind: 'output' });
      count('phasegate_model_tokens', call.cachedTokens, { ...of, kind: 'cached' });
      const { costInputMicroUsd: input, costOutputMicroUsd: output } = call;
      if (input === null || output === null) count('phasegate_model_calls_without_cost', 1, of);
      else count('phasegate_model_cost_micro_usd', cost(Number(input) + Number(output), Object.values(of).join()), of);
    },
  };
}

function codeOf({ errorCode }: ModelCall): string {
  return errorCode === null ? '' : isFailureCode(errorCode) ? errorCode : 'other';
}

/** Counters are whole numbers: what is left of a micro-dollar is counted with the next call of the same kind. */
function wholeMicroUsd(): (microUsd: number, kind: string) => number {
  const left = new Map<string, number>();
  return (microUsd, kind) => {
    const all = microUsd + (left.get(kind) ?? 0);
    left.set(kind, all - Math.floor(all));
    return Math.floor(all);
  };
}
