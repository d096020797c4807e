import type { Command } from './command-line/command.js';

/**
 * The commands of the client, in the order in which its help shows them. Each is loaded when it is called. To load
 * everything that the client uses (Prisma, LangGraph, ajv) takes a second, and most commands need very little of it.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./run/start.js')).start,
  list: async () => (await import('./look/list.js')).list,
  status: async () => (await import('./look/status.js')).status,
  watch: async () => (await import('./look/watch.js')).watch,
  wait: async () => (await import('./look/wait.js')).wait,
  show: async () => (await import('./look/show.js')).show,
  diff: async () => (await import('./look/diff.js')).diff,
  checks: async () => (await import('./look/checks.js')).checks,
  open: async () => (await import('./look/open.js')).open,
  events: async () => (await import('./look/events.js')).events,
  report: async () => (await import('./look/report.js')).report,
  transcript: async () => (await import('./look/transcript.js')).transcript,
  approve: async () => (await import('./run/decide.js')).decide('approve'),
  reject: async () => (await import('./run/decide.js')).decide('reject'),
  'request-changes': async () => (await import('./run/decide.js')).decide('requestChanges'),
  abort: async () => (await import('./run/decide.js')).decide('abort'),
  pause: async () => (await import('./run/control.js')).control('pause'),
  resume: async () => (await import('./run/control.js')).control('resume'),
  retry: async () => (await import('./run/control.js')).control('retry'),
  skip: async () => (await import('./run/control.js')).control('skip'),
  deliver: async () => (await import('./run/deliver.js')).deliver,
  reset: async () => (await import('./run/reset.js')).reset,
  consent: async () => (await import('./upkeep/consent.js')).consent,
  reconcile: async () => (await import('./upkeep/reconcile.js')).reconcile,
  verify: async () => (await import('./upkeep/verify.js')).verify,
  rebuild: async () => (await import('./upkeep/rebuild.js')).rebuild,
  prune: async () => (await import('./upkeep/prune.js')).prune,
  init: async () => (await import('./init/init.js')).init,
  'codec-server': async () => (await import('./look/codec-server.js')).codecServer,
  models: async () => (await import('./doctor/models.js')).models,
  check: async () => (await import('./init/check.js')).check,
  doctor: async () => (await import('./doctor/doctor.js')).doctor,
};
