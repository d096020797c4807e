import { CancellationScope } from '@temporalio/workflow';
import type { Plan } from '../domain/plan.js';
import { recordEvents } from './activities.js';
import { Decisions } from './decisions.js';
import { editedArtifactCheck } from './edited-artifact.js';
import { EventLog } from './event-log.js';
import { listen } from './listen.js';
import { Notices } from './notices.js';
import { RunControl } from './run-control.js';
import { RunModel } from './run-model.js';
import { Stop } from './stop.js';

/** The parts of a run that act together. */
export interface RunParts {
  model: RunModel;
  log: EventLog;
  stop: Stop;
  decisions: Decisions;
  control: RunControl;
  notices: Notices;
  /** null until the run is planned. */
  plan: Plan | null;
}

/** Puts a run together and has it listen: messages that came before the first workflow task are handled within. */
export function startParts(): RunParts {
  const model = new RunModel();
  const log = new EventLog((events) => CancellationScope.nonCancellable(() => recordEvents(model.status.run, events)));
  const stop = new Stop();
  const decisions = new Decisions(
    model,
    log,
    stop,
    editedArtifactCheck(model, () => parts.plan),
  );
  const control = new RunControl(model, log, stop, decisions);
  const notices = new Notices(model, () => parts.plan);
  const parts: RunParts = { model, log, stop, decisions, control, notices, plan: null };
  log.emit('run_created');
  listen(model, decisions, control);
  return parts;
}
