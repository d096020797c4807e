import { backendAccess, backendState } from '../../agent/model/backend-access.js';
import { probeModel, type ModelProbe } from '../../agent/model/probe-model.js';
import { CATALOG_SETTINGS, loadCatalog } from '../../catalog/catalog.js';
import { readConfig } from '../../config.js';
import { FAILURES, isFailureCode, PhasegateError } from '../../domain/failures.js';
import type { Backend } from '../../domain/template/backends.js';
import { modelName, modelsOf, type PersonaModel } from '../../domain/template/persona.js';
import { readDuration } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { fail, lineOf, ok, warn, type CheckResult } from './check.js';

const TIMEOUT_MS = 60_000;

/** A model that was asked, or not, and what that has shown. */
interface Asked extends CheckResult {
  backend: string;
  model: string | null;
  probe: ModelProbe | null;
}

/** `models [BACKEND]`: asks the models of each backend once, with a tool call, and says what works. */
export const models = defineCommand({
  usage: '[BACKEND] [--model NAME] [--timeout 60s]',
  about: 'ask the models that personas use once, with a tool call, and say what works; it costs a few tokens',
  moreWords: ['backend'],
  options: {
    model: { type: 'string', value: 'NAME', about: 'ask this model of the backend, and no other' },
    timeout: { type: 'string', value: 'TIME', about: 'longest wait for a reply (60s)' },
  },
  run: async ({ model, timeout, json }, [backend]) => {
    if (model !== undefined && backend === undefined)
      throw new PhasegateError('usage_invalid', '--model needs the name of the backend before it');
    const found = await askModels({ backend, model, timeoutMs: readDuration(timeout, '--timeout', TIMEOUT_MS) });
    print(json, found, found.map(lineOf).join('\n'));
    const isNamed = backend !== undefined;
    const works = found.some(({ level, probe }) => probe !== null && level !== 'FAIL');
    return works && found.every(({ level, probe }) => level !== 'FAIL' && (probe !== null || !isNamed))
      ? EXIT.ok
      : EXIT.failed;
  },
});

/** The same for `doctor --models`. */
export function checkModels(): Promise<CheckResult[]> {
  return askModels({ timeoutMs: TIMEOUT_MS });
}

/** @throws PhasegateError `backend_not_found`, and the errors of files that are broken */
async function askModels(wanted: { backend?: string; model?: string; timeoutMs: number }): Promise<Asked[]> {
  const catalog = loadCatalog(readConfig(process.env, CATALOG_SETTINGS));
  const backends =
    wanted.backend === undefined
      ? await catalog.backends()
      : { [wanted.backend]: await catalog.backend(wanted.backend) };
  const used = (await catalog.personas()).flatMap(modelsOf);
  const asked = Object.entries(backends).flatMap(([name, backend]) =>
    modelsToAsk(name, backend, used, wanted.model).map((model) => askModel(name, backend, model, wanted.timeoutMs)),
  );
  return Promise.all(asked);
}

/** The models of a backend that personas use, each once; else one that has a price; null where none is known. */
function modelsToAsk(
  name: string,
  { prices }: Backend,
  used: readonly PersonaModel[],
  wanted: string | undefined,
): (PersonaModel | null)[] {
  const here = used.filter(({ backend }) => backend === name);
  if (wanted !== undefined) return [here.find(({ model }) => model === wanted) ?? { backend: name, model: wanted }];
  const each = [...new Map(here.map((model) => [model.model, model])).values()];
  if (each.length > 0) return each;
  const [priced] = Object.keys(prices);
  return [priced === undefined ? null : { backend: name, model: priced }];
}

async function askModel(name: string, backend: Backend, model: PersonaModel | null, timeoutMs: number): Promise<Asked> {
  const about = { backend: name, model: model?.model ?? null, probe: null };
  if (backendState(backend, process.env) !== 'available') {
    const needed = [...new Set([backend.apiKeyEnv, ...Object.values(backend.headersFromEnv ?? {})])];
    const missing = needed.filter((variable) => !process.env[variable]).join(', ');
    return {
      ...about,
      ...warn(`backend ${name}: not asked, ${missing} is not set here`, 'set it where the worker runs'),
    };
  }
  if (model === null) {
    const text = `backend ${name}: not asked, no persona uses it and its price list is empty`;
    return { ...about, ...warn(text, `npm run client -- models ${name} --model NAME`) };
  }
  const { cap: _ofPhases, ...access } = backendAccess(name, backend, model, process.env);
  const { temperature, maxOutputTokens } = model;
  const asked = { ...access, backend: name, name: model.model, temperature, maxOutputTokens, price: null };
  const probe = await probeModel(asked, timeoutMs);
  return { ...about, probe, ...resultOf(model, probe) };
}

function resultOf(model: PersonaModel, probe: ModelProbe): CheckResult {
  const { failure, tools, schema, usage, fields, notes, ms } = probe;
  const name = printable(modelName(model));
  const more = notes.length > 0 ? `; ${printable(notes.join('; '), 800)}` : '';
  if (failure !== null) {
    const { code, message } = failure;
    const todo = isFailureCode(code) ? FAILURES[code].todo : 'try again later';
    return fail(`${name}: ${code}: ${printable(message, 600)}${more}`, todo);
  }
  const works = [
    'key and model work',
    tools ? 'it calls tools' : 'it calls NO tool',
    ...(schema === null ? [] : [schema ? 'its call satisfies the schema' : 'its call does NOT satisfy the schema']),
    usage ? 'it tells its usage' : 'it tells NO usage',
    fields.length > 0 ? `it has fields of its own (${printable(fields.join(', '))})` : 'no fields of its own',
  ];
  const text = `${name}: ${works.join(', ')} (${(ms / 1_000).toFixed(1)} s)${more}`;
  if (!tools) return fail(text, 'use a model that calls tools, or start its server with tool calls on');
  if (schema === false) return warn(text, 'expect more attempts: the schema is not enforced by this provider');
  if (!usage) return warn(text, 'costs are unknown: a budget counts the worst case of each call');
  return ok(text);
}
