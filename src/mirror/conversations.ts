import type {
  ConversationMessage,
  ConversationStore,
  ConversationWrite,
  KeptConversation,
} from '../domain/record/conversation.js';
import { OlderAttempt } from '../domain/older-attempt.js';
import type { JsonObject } from '../domain/text/json.js';
import type { RunRef } from '../domain/run-state.js';
import { whileThere, type PrismaClient } from './database.js';
import { isAlreadyThere } from './postgres-error.js';
import { fromStored, fromStoredJson, toStored, toStoredJson } from './postgres-text.js';
import { addedModelCalls, addedToolCalls, readModelCalls, withRun } from './record-work.js';

type Row = Omit<ConversationMessage, 'message'> & { message: unknown };

/** The store that has the conversation of a phase (S21). */
export function conversationStore(prisma: PrismaClient, run: RunRef, threadId: string): ConversationStore {
  return {
    read: () => whileThere(() => readConversation(prisma, run.runId, threadId)),
    append: (write) => whileThere(() => appendToConversation(prisma, run, threadId, write)),
  };
}

async function readConversation(prisma: PrismaClient, runId: string, threadId: string): Promise<KeptConversation> {
  const rows = await prisma.conversationMessage.findMany({ where: { runId, threadId }, orderBy: { ordinal: 'asc' } });
  if (rows.length === 0) return { messages: [], modelCalls: [] };
  return { messages: rows.map(fromRow), modelCalls: await readModelCalls(prisma, runId, threadId) };
}

/**
 * It is one statement, and so one transaction: a paid reply without its line of the ledger would be paid but not
 * counted.
 */
async function appendToConversation(
  prisma: PrismaClient,
  run: RunRef,
  threadId: string,
  write: ConversationWrite,
): Promise<void> {
  const rows = JSON.stringify(write.messages.map(toRow));
  try {
    const added = await withRun(
      prisma,
      run,
      (db) => db.$queryRaw<{ ordinal: number }[]>`
      WITH given AS (
        SELECT * FROM json_to_recordset(${rows}::json)
          AS g (ordinal int, id text, attempt int, role text, message json, wrote text[], ts timestamptz)
      ), added_messages AS (
        INSERT INTO public.conversation_messages (run_id, thread_id, ordinal, id, attempt, role, message, wrote, ts)
        SELECT ${run.runId}::uuid, ${threadId}, ordinal, id, attempt, role, message, wrote, ts FROM given
        WHERE (SELECT min(ordinal) FROM given) = 1 OR EXISTS (
          SELECT 1 FROM public.conversation_messages
          WHERE run_id = ${run.runId}::uuid AND thread_id = ${threadId} AND ordinal = (SELECT min(ordinal) FROM given) - 1)
        RETURNING ordinal
      ), ${addedModelCalls(run.runId, write.modelCalls)}, ${addedToolCalls(run.runId, write.toolCalls)}
      SELECT ordinal FROM added_messages`,
    );
    if (added.length < write.messages.length)
      throw new OlderAttempt(`the conversation ${threadId} is no longer what this attempt has read`);
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
    await appendTheRest(prisma, run, threadId, write);
  }
}

/**
 * A write that is repeated because its answer was lost finds its own messages. Any other write finds those of another
 * attempt.
 */
async function appendTheRest(
  prisma: PrismaClient,
  run: RunRef,
  threadId: string,
  write: ConversationWrite,
): Promise<void> {
  const ordinals = write.messages.map(({ ordinal }) => ordinal);
  const rows = await prisma.conversationMessage.findMany({
    where: { runId: run.runId, threadId, ordinal: { in: ordinals } },
  });
  const there = new Map(rows.map((row) => [row.ordinal, fromRow(row)]));
  const isOther = ({ ordinal, id, message }: ConversationMessage): boolean => {
    const kept = there.get(ordinal);
    return kept !== undefined && (kept.id !== id || JSON.stringify(kept.message) !== JSON.stringify(message));
  };
  const isConflict = write.messages.some(isOther);
  const messages = isConflict ? [] : write.messages.filter(({ ordinal }) => !there.has(ordinal));
  await appendToConversation(prisma, run, threadId, { ...write, messages });
  if (isConflict) throw new OlderAttempt(`another attempt has gone on with the conversation ${threadId}`);
}

/** Whether anything was said in a conversation. */
export async function hasConversation(prisma: PrismaClient, runId: string, threadId: string): Promise<boolean> {
  return (
    (await prisma.conversationMessage.findFirst({ where: { runId, threadId }, select: { ordinal: true } })) !== null
  );
}

/** All conversations of a run, in the order in which they began. */
export async function listConversations(
  prisma: PrismaClient,
  runId: string,
): Promise<({ threadId: string } & KeptConversation)[]> {
  const threads = await prisma.conversationMessage.groupBy({
    by: ['threadId'],
    where: { runId },
    _min: { ts: true },
    orderBy: { _min: { ts: 'asc' } },
  });
  return Promise.all(
    threads.map(async ({ threadId }) => ({ threadId, ...(await readConversation(prisma, runId, threadId)) })),
  );
}

/** Deletes the conversations of a run. */
export async function deleteConversations(prisma: PrismaClient, runId: string): Promise<void> {
  await prisma.conversationMessage.deleteMany({ where: { runId } });
}

/**
 * Deletes the conversations of runs that ended before a moment.
 *
 * @param dryRun - only counts them
 * @returns how many runs had any
 */
export async function deleteOldConversations(
  prisma: PrismaClient,
  endedBefore: Date,
  dryRun: boolean,
): Promise<number> {
  const runs = await prisma.run.findMany({
    where: { endedAt: { lt: endedBefore }, conversation: { some: {} } },
    select: { id: true },
  });
  const ids = runs.map(({ id }) => id);
  if (!dryRun && ids.length > 0) await prisma.conversationMessage.deleteMany({ where: { runId: { in: ids } } });
  return ids.length;
}

function toRow(message: ConversationMessage): object {
  return {
    ...message,
    id: toStored(message.id),
    message: toStoredJson(message.message),
    wrote: message.wrote.map(toStored),
  };
}

function fromRow({
  ordinal,
  id,
  attempt,
  role,
  message,
  wrote,
  ts,
}: Omit<Row, 'ts' | 'role'> & { role: string; ts: Date }): ConversationMessage {
  return {
    ordinal,
    id: fromStored(id),
    attempt,
    role: role as ConversationMessage['role'],
    message: fromStoredJson(message) as JsonObject,
    wrote: wrote.map(fromStored),
    ts: ts.toISOString(),
  };
}
