import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { boundMessages } from './bound-messages.js';
import { signalIntake } from './signal-intake.js';

/** What stands between the SDK and every workflow of the bundle. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [{ activate: (input, next) => signalIntake.activate(boundMessages(input), next) }],
});
