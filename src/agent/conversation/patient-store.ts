import type { ConversationStore } from '../../domain/record/conversation.js';
import { unlessAborted } from '../../workspace/unless-aborted.js';
import type { AgentObserver } from '../agent-request.js';
import { keepPatiently } from './keep-patiently.js';

/**
 * A store that waits while PostgreSQL can't be used, because a paid reply that is not kept would be paid again. Only
 * writes wait. A conversation that can't be read has cost nothing yet.
 *
 * @param store - fails with a code while the database can't be used
 * @param signal - ends the waiting, and a read that gets no answer
 * @param observe - is told of every read and write when it starts: a write may also hang without an error
 */
export function patientStore(
  store: ConversationStore,
  signal: AbortSignal,
  { atRecord, waiting }: Pick<AgentObserver, 'atRecord' | 'waiting'>,
): ConversationStore {
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const answered = atRecord?.();
    try {
      return await work();
    } finally {
      answered?.();
    }
  };
  return {
    read: () => timed(() => unlessAborted(store.read(), signal)),
    append: (write) =>
      timed(() =>
        keepPatiently(
          () => store.append(write),
          signal,
          (reason) => waiting?.(reason),
        ),
      ),
  };
}
