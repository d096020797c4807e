import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { signalIntake } from './signal-intake.js';

/** What stands between the SDK and every workflow of the bundle. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [{ activate: (input, next) => signalIntake.activate(input, next) }],
});
