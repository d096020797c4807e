import { CancellationScope } from '@temporalio/workflow';
import { recordEvents } from './activities.js';
import { Decisions } from './decisions.js';
import { editedArtifactCheck } from './edited-artifact.js';
import { EventLog } from './event-log.js';
import { listen } from './listen.js';
import { Notices } from './notices.js';
import { RunControl } from './run-control.js';
import { LiveRun } from './live-run.js';
import { Stop } from './stop.js';

/** The parts of a run that act together. */
export interface RunParts {
  live: LiveRun;
  log: EventLog;
  stop: Stop;
  decisions: Decisions;
  control: RunControl;
  notices: Notices;
}

/**
 * Puts a run together and makes it listen. Messages that came before the first workflow task are handled in this call.
 */
export function startParts(): RunParts {
  const live = new LiveRun();
  const log = new EventLog((events) => CancellationScope.nonCancellable(() => recordEvents(live.status.run, events)));
  const stop = new Stop();
  const decisions = new Decisions(live, log, stop, editedArtifactCheck(live));
  const control = new RunControl(live, log, stop, decisions);
  const notices = new Notices(live);
  log.emit('run_created');
  listen(live, decisions, control);
  return { live, log, stop, decisions, control, notices };
}
