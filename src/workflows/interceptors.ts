import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { boundMessages } from './bound-messages.js';
import { signalIntake } from './signal-intake.js';

/** The interceptors that the bundle gives to every workflow. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [{ activate: (input, next) => signalIntake.activate(boundMessages(input), next) }],
});
