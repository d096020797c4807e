import type { Command } from './command-line/command.js';

/**
 * The commands of the client, in the order in which its help shows them. Each is loaded when it is called. To load
 * everything that the client uses (Prisma, LangGraph, ajv) takes a second, and most commands need very little of it.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.js')).start,
  list: async () => (await import('./list.js')).list,
  status: async () => (await import('./status.js')).status,
  events: async () => (await import('./events.js')).events,
  report: async () => (await import('./report.js')).report,
  transcript: async () => (await import('./transcript.js')).transcript,
  approve: async () => (await import('./decide.js')).decide('approve'),
  reject: async () => (await import('./decide.js')).decide('reject'),
  'request-changes': async () => (await import('./decide.js')).decide('requestChanges'),
  abort: async () => (await import('./decide.js')).decide('abort'),
  pause: async () => (await import('./control.js')).control('pause'),
  resume: async () => (await import('./control.js')).control('resume'),
  retry: async () => (await import('./control.js')).control('retry'),
  skip: async () => (await import('./control.js')).control('skip'),
  reset: async () => (await import('./reset.js')).reset,
  consent: async () => (await import('./consent.js')).consent,
  reconcile: async () => (await import('./reconcile.js')).reconcile,
  verify: async () => (await import('./verify.js')).verify,
  rebuild: async () => (await import('./rebuild.js')).rebuild,
  prune: async () => (await import('./prune.js')).prune,
  init: async () => (await import('./init.js')).init,
  doctor: async () => (await import('./doctor/doctor.js')).doctor,
};
