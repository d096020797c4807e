import { AsyncLocalStorage } from 'node:async_hooks';

// The SDK's worker gives this to workflow code. It must be there before `@temporalio/workflow` is loaded: import this
// file first.
Object.assign(globalThis, { AsyncLocalStorage });
