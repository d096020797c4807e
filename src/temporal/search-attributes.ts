import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { PhasegateError } from '../domain/failures.js';
import { SEARCH_ATTRIBUTE_TYPES } from '../domain/names.js';
import { GRPC, grpcStatusOf, noNamespace } from './grpc-errors.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

const INDEXED_VALUE_TYPES = {
  KEYWORD: { id: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, cli: 'Keyword' },
  KEYWORD_LIST: { id: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST, cli: 'KeywordList' },
  DOUBLE: { id: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE, cli: 'Double' },
} as const;

const WAIT_MS = 30_000;

type Operator = Pick<Connection, 'operatorService'>;
type Name = keyof typeof SEARCH_ATTRIBUTE_TYPES;

const ALL = Object.keys(SEARCH_ATTRIBUTE_TYPES) as readonly Name[];

/** How our search attributes are registered. */
export interface RegisteredAttributes {
  missing: Name[];
  /** Somebody else registered them with another type: every workflow task that sets one of them fails. */
  mistyped: Name[];
}

/**
 * Looks at our search attributes: whether each is there, and has the type that runs write.
 *
 * @throws PhasegateError `config_invalid` where there is no such namespace
 */
export async function lookAtSearchAttributes(
  { operatorService }: Operator,
  namespace: string,
): Promise<RegisteredAttributes> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace }).catch((error: unknown) => {
    throw grpcStatusOf(error) === GRPC.notFound ? noNamespace(namespace, error) : error;
  });
  const typeOf = (name: Name) => customAttributes?.[name];
  return {
    missing: ALL.filter((name) => typeOf(name) == null),
    mistyped: ALL.filter((name) => typeOf(name) != null && typeOf(name) !== typeFor(name).id),
  };
}

/**
 * Makes sure that the search attributes can be used before a workflow sets one. If one is missing or has another type,
 * the workflow's tasks fail without end. Any number of workers may call it at once, any number of times.
 *
 * @throws PhasegateError `config_invalid` with the command to run, where this worker may not register them or one has
 *   another type
 */
export async function ensureSearchAttributes(connection: Operator, namespace: string): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(200)) {
    const { missing, mistyped } = await lookAtSearchAttributes(connection, namespace);
    // the server accepts a registration with another type, and changes nothing
    if (mistyped.length > 0) throw new PhasegateError('config_invalid', mistypedText(mistyped, namespace));
    if (missing.length === 0) return;
    if (Date.now() > deadline) throw notUsable(missing, namespace, 'they are registered and can not be used yet');
    await registerSearchAttributes(connection, namespace, missing);
  }
}

/**
 * Registers search attributes, all of ours by default; they can be used a little later.
 *
 * @throws PhasegateError `config_invalid` with the command to run, where this worker may not
 */
export async function registerSearchAttributes(
  { operatorService }: Operator,
  namespace: string,
  names = ALL,
): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, typeFor(name).id]));
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (grpcStatusOf(error) === GRPC.permissionDenied)
      throw notUsable(names, namespace, 'this worker may not register them');
    // another worker may just have done it: the next look shows it
    if (grpcStatusOf(error) !== GRPC.alreadyExists) throw error;
  }
}

function typeFor(name: Name) {
  return INDEXED_VALUE_TYPES[SEARCH_ATTRIBUTE_TYPES[name]];
}

function notUsable(missing: readonly Name[], namespace: string, why: string): PhasegateError {
  return new PhasegateError(
    'config_invalid',
    `search attributes are missing and ${why}; run: ${createCommands(missing, namespace).join(' && ')}`,
  );
}

/** What is wrong with search attributes of another type. */
function mistypedText(mistyped: readonly Name[], namespace: string): string {
  const wanted = mistyped.map((name) => `${name} must be of type ${typeFor(name).cli}`).join(', ');
  const what = `search attributes of namespace ${namespace} have another type than runs write`;
  return `${what}: ${wanted}. ${mistypedTodo(mistyped, namespace)}`;
}

/** The commands that give search attributes their type. Another user of these attributes loses what they hold. */
export function mistypedTodo(mistyped: readonly Name[], namespace: string): string {
  const commands = mistyped.map(
    (name) => `temporal operator search-attribute remove --namespace ${namespace} --name ${name} --yes`,
  );
  const all = [...commands, ...createCommands(mistyped, namespace)].join(' && ');
  return `Where nobody else uses them: ${all}; otherwise give phasegate a namespace of its own by TEMPORAL_NAMESPACE`;
}

function createCommands(names: readonly Name[], namespace: string): string[] {
  return names.map(
    (name) =>
      `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${typeFor(name).cli}`,
  );
}
