import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { PhasegateError } from '../domain/failures.js';
import { SEARCH_ATTRIBUTE_TYPES } from '../domain/names.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

const INDEXED_VALUE_TYPES = {
  KEYWORD: { id: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, cli: 'Keyword' },
  KEYWORD_LIST: { id: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST, cli: 'KeywordList' },
  DOUBLE: { id: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE, cli: 'Double' },
} as const;

const PERMISSION_DENIED = 7;
const WAIT_MS = 30_000;

/**
 * Makes sure that the search attributes can be used before a workflow sets one: a missing one would fail its tasks
 * without end. May be called by any number of workers at once, any number of times.
 *
 * @throws PhasegateError `config_invalid` with the command to run, where this worker may not register them
 */
export async function ensureSearchAttributes(connection: Pick<Connection, 'operatorService'>, namespace: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (let missing = await findMissing(connection, namespace); missing.length > 0; missing = await findMissing(connection, namespace)) {
    if (Date.now() > deadline) throw notUsable(missing, namespace, 'they are registered and can not be used yet');
    await registerSearchAttributes(connection, namespace, missing);
    await sleep(200);
  }
}

type Name = keyof typeof SEARCH_ATTRIBUTE_TYPES;

const ALL = Object.keys(SEARCH_ATTRIBUTE_TYPES) as readonly Name[];

async function findMissing({ operatorService }: Pick<Connection, 'operatorService'>, namespace: string): Promise<Name[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return ALL.filter((name) => !(name in (customAttributes ?? {})));
}

/**
 * Registers search attributes, all of ours by default; they can be used a little later.
 *
 * @throws PhasegateError `config_invalid` with the command to run, where this worker may not
 */
export async function registerSearchAttributes({ operatorService }: Pick<Connection, 'operatorService'>, namespace: string, names = ALL): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTE_TYPES[name]].id]));
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === PERMISSION_DENIED) throw notUsable(names, namespace, 'this worker may not register them');
    // another worker may just have done it: the next look tells
    if (!/already exists/i.test(String(error))) throw error;
  }
}

function notUsable(missing: readonly Name[], namespace: string, why: string): PhasegateError {
  const commands = missing.map(
    (name) => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTE_TYPES[name]].cli}`,
  );
  return new PhasegateError('config_invalid', `search attributes are missing and ${why}; run: ${commands.join(' && ')}`);
}
