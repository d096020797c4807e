import { CancellationScope } from '@temporalio/workflow';
import type { Plan } from '../domain/plan.js';
import { recordEvents } from './activities.js';
import { Decisions } from './decisions.js';
import { editedArtifactCheck } from './edited-artifact.js';
import { EventLog } from './event-log.js';
import { listen } from './listen.js';
import { RunControl } from './run-control.js';
import { RunModel } from './run-model.js';

/** The parts of a run that act together. */
export interface RunParts {
  model: RunModel;
  log: EventLog;
  decisions: Decisions;
  control: RunControl;
  /** null until the run is planned. */
  plan: Plan | null;
}

/** Puts a run together and has it listen. */
export function startParts(): RunParts {
  const model = new RunModel();
  const log = new EventLog((events) => CancellationScope.nonCancellable(() => recordEvents(model.status.run, events)));
  const decisions = new Decisions(model, log, editedArtifactCheck(model, () => parts.plan));
  const control = new RunControl(model, log, decisions);
  const parts: RunParts = { model, log, decisions, control, plan: null };
  listen(model, decisions, control);
  return parts;
}
