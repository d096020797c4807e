import type { RunEvent } from '../domain/record/events.js';
import type { Template } from '../domain/template/template.js';
import type { RunRef } from '../domain/run-state.js';
import { appendEvents } from './append-events.js';
import {
  conversationStore,
  deleteConversations,
  deleteOldConversations,
  hasConversation,
  listConversations,
} from './conversations.js';
import { listCheckRuns, readCheckRuns, recordCheckRun } from './check-runs.js';
import { openDatabase, whileThere, type PrismaClient } from './database.js';
import { hasEvent, listEvents, newestEventAt } from './list-events.js';
import { newestRuns, readLoad, unsettledRuns, unsettledRunsOf } from './list-runs.js';
import { listArtifacts, readEvents, readMirroredRun } from './mirrored-run.js';
import { modelSlots } from './model-slots.js';
import { fromStored, fromStoredJson, toStored } from './postgres-text.js';
import { moveReconcileMark, readReconcileMark } from './reconcile-marks.js';
import { readReportFacts } from './read-facts.js';
import { readStoryFacts } from './read-story.js';
import { hasReply, readSpent, readUsage } from './read-usage.js';
import { rebuildEvents } from './rebuild-events.js';
import { recordPlan } from './record-plan.js';
import { recordArtifact, recordModelCalls } from './record-work.js';
import { differingTables } from './projections/replay-events.js';
import { readPage, savePage } from './run-pages.js';
import { findRunRow, readReport, saveReport, toSummary } from './runs.js';
import type { JsonObject } from '../domain/text/json.js';
import type { Consent, Mirror } from './types.js';

export interface MirrorOptions {
  /** Most connections at once, default 10. */
  max?: number;
  /** It is told of an event whose key was used before for something else: that is a defect, and an alarm. */
  onConflict?: (run: RunRef, event: RunEvent) => void;
  /**
   * It is told of events that are written now. Where a part of a batch was there before, that is taken to be the first
   * part.
   */
  onAppended?: (events: readonly RunEvent[]) => void;
}

/**
 * Opens the mirror. No connection is made before the first query.
 *
 * @param databaseUrl - `postgresql://…`, migrated
 */
export function openMirror(databaseUrl: string, { max, onConflict, onAppended }: MirrorOptions = {}): Mirror {
  const { pool, prisma, close } = openDatabase(databaseUrl, max);
  return {
    pool,
    whileThere,
    close,
    slots: modelSlots(prisma, whileThere),
    recordPlan: (...args) => whileThere(() => recordPlan(prisma, ...args)),
    appendEvents: async (run, events) => {
      const result = await whileThere(() => appendEvents(prisma, run, events));
      if (result.appended > 0) onAppended?.(events.slice(-result.appended));
      for (const event of result.conflicts) onConflict?.(run, event);
      return result;
    },
    recordArtifact: (...args) => whileThere(() => recordArtifact(prisma, ...args)),
    recordModelCalls: (...args) => whileThere(() => recordModelCalls(prisma, ...args)),
    recordCheckRun: (...args) => whileThere(() => recordCheckRun(prisma, ...args)),
    listCheckRuns: (runId) => whileThere(() => listCheckRuns(prisma, runId)),
    readCheckRuns: (...args) => whileThere(() => readCheckRuns(prisma, ...args)),
    conversation: (run, threadId) => conversationStore(prisma, run, threadId),
    hasConversation: (...args) => whileThere(() => hasConversation(prisma, ...args)),
    listConversations: (runId) => whileThere(() => listConversations(prisma, runId)),
    deleteConversations: (runId) => whileThere(() => deleteConversations(prisma, runId)),
    deleteOldConversations: (...args) => whileThere(() => deleteOldConversations(prisma, ...args)),
    saveReport: (...args) => whileThere(() => saveReport(prisma, ...args)),
    readReport: (id) => whileThere(() => readReport(prisma, id)),
    savePage: (...args) => whileThere(() => savePage(prisma, ...args)),
    readPage: (...args) => whileThere(() => readPage(prisma, ...args)),
    consentedHashes: (hashes) => whileThere(() => consentedHashes(prisma, hashes)),
    giveConsent: (consent) => whileThere(() => giveConsent(prisma, consent)),
    readReportFacts: (runId) => whileThere(() => readReportFacts(prisma, runId)),
    readStoryFacts: (runId) => whileThere(() => readStoryFacts(prisma, runId)),
    readUsage: (runId) => whileThere(() => readUsage(prisma, runId)),
    readSpent: (...args) => whileThere(() => readSpent(prisma, ...args)),
    hasReply: (...args) => whileThere(() => hasReply(prisma, ...args)),
    hasEvent: (...args) => whileThere(() => hasEvent(prisma, ...args)),
    findRun: (id) => whileThere(() => findRunRow(prisma, id).then((row) => row && toSummary(row))),
    listEvents: (...args) => whileThere(() => listEvents(prisma, ...args)),
    unsettledRuns: (...args) => whileThere(() => unsettledRuns(prisma, ...args)),
    unsettledRunsOf: (workflowIds) => whileThere(() => unsettledRunsOf(prisma, workflowIds)),
    readReconcileMark: (queue) => whileThere(() => readReconcileMark(prisma, queue)),
    moveReconcileMark: (...args) => whileThere(() => moveReconcileMark(prisma, ...args)),
    newestRuns: (workflowIds) => whileThere(() => newestRuns(prisma, workflowIds)),
    readLoad: () => whileThere(() => readLoad(prisma)),
    newestEventAt: () => whileThere(() => newestEventAt(prisma)),
    readMirroredRun: (runId) => whileThere(() => readMirroredRun(prisma, runId)),
    readEvents: (runId) => whileThere(() => readEvents(prisma, runId)),
    listArtifacts: (runId) => whileThere(() => listArtifacts(prisma, runId)),
    differingTables: (runId) => whileThere(() => differingTables(prisma, runId)),
    rebuildEvents: (...args) => whileThere(() => rebuildEvents(prisma, ...args)),
    readRequirements: (runId) => whileThere(() => readRequirements(prisma, runId)),
    readTemplate: (hash) => whileThere(() => readTemplate(prisma, hash)),
    readArtifact: (runId, sha256) => whileThere(() => readArtifact(prisma, runId, sha256)),
    readArtifactSchemas: (...args) => whileThere(() => readArtifactSchemas(prisma, ...args)),
  };
}

async function consentedHashes(prisma: PrismaClient, hashes: readonly string[]): Promise<Set<string>> {
  const rows = await prisma.personaConsent.findMany({
    where: { personaHash: { in: [...hashes] } },
    select: { personaHash: true },
  });
  return new Set(rows.map(({ personaHash }) => personaHash));
}

async function giveConsent(prisma: PrismaClient, { consentedBy, ...consent }: Consent): Promise<void> {
  await prisma.personaConsent.createMany({
    data: [{ ...consent, consentedBy: toStored(consentedBy) }],
    skipDuplicates: true,
  });
}

async function readArtifact(prisma: PrismaClient, runId: string, sha256: string): Promise<Buffer | null> {
  const row = await prisma.artifact.findFirst({ where: { runId, sha256, NOT: { raw: null } }, select: { raw: true } });
  return row?.raw ? Buffer.from(row.raw) : null;
}

async function readArtifactSchemas(
  prisma: PrismaClient,
  runId: string,
  phaseKey: string,
): Promise<Record<string, JsonObject>> {
  const phase = await prisma.runPhase.findUnique({
    where: { runId_phaseKey: { runId, phaseKey } },
    select: { schemasHash: true },
  });
  if (!phase?.schemasHash) return {};
  const row = await prisma.artifactSchemas.findUnique({ where: { hash: phase.schemasHash } });
  return row === null ? {} : (fromStoredJson(row.content) as Record<string, JsonObject>);
}

async function readTemplate(prisma: PrismaClient, hash: string): Promise<Template | null> {
  const row = await prisma.workflowTemplate.findUnique({ where: { hash }, select: { content: true } });
  return row && (fromStoredJson(row.content) as unknown as Template);
}

async function readRequirements(prisma: PrismaClient, runId: string): Promise<string | null> {
  const row = await prisma.runInput.findUnique({ where: { runId }, select: { requirements: true } });
  return row && fromStored(row.requirements);
}
