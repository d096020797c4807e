import { spawn } from 'node:child_process';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Activities, Notice } from '../domain/activity-contract.js';
import { cut } from '../domain/failures.js';
import { maskValues, secretsInHeader } from '../domain/text/secrets.js';
import type { NotifyHook } from '../domain/template/template.js';
import type { ActivityDeps } from './deps.js';

/**
 * Tells people through a template's hook: JSON to a URL, or to a command's standard input. Temporal tries again when it
 * fails.
 */
export function createNotify({ env }: Pick<ActivityDeps, 'env'>): Activities['notify'] {
  return async (hook, notice) => {
    const { cancellationSignal } = Context.current();
    if ('url' in hook) await post(hook, notice, env, cancellationSignal);
    else await run(hook, notice, env, cancellationSignal);
  };
}

type UrlHook = Extract<NotifyHook, { url: string }>;
type CommandHook = Extract<NotifyHook, { command: string[] }>;

async function post(
  { url, headersFromEnv = {} }: UrlHook,
  notice: Notice,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const secrets = Object.entries(headersFromEnv).map(([header, name]) => [header, env[name] ?? ''] as const);
  const headers = { 'content-type': 'application/json', ...Object.fromEntries(secrets) };
  const reply = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(notice),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
  }).catch((error: unknown) => {
    // fetch quotes a header that can't be sent, so its message must not be shown
    const words =
      error instanceof Error
        ? maskValues(
            error.message,
            secrets.flatMap(([, value]) => secretsInHeader(value)),
          )
        : 'unknown error';
    throw ApplicationFailure.retryable(`the notice could not be posted: ${words}`, 'notify_failed');
  });
  await reply.body?.cancel();
  if (!reply.ok) throw ApplicationFailure.retryable(`the notice was answered with ${reply.status}`, 'notify_failed');
}

function run(
  { command: [program = '', ...args], env: names = [] }: CommandHook,
  notice: Notice,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  // the command gets only the variables that it names: the worker's environment holds keys
  const own = Object.fromEntries(['PATH', 'HOME', ...names].map((name) => [name, env[name]]));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: own, stdio: ['pipe', 'ignore', 'pipe'], signal, timeout: 20_000 });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 1_000)));
    const fail = (why: string) => {
      const words = cut(
        maskValues(
          why,
          names.map((name) => env[name]),
        ),
        300,
      );
      reject(ApplicationFailure.retryable(`the command ${program} ${words}`, 'notify_failed'));
    };
    child.once('error', (error) => fail(`could not be run: ${error.message}`));
    child.once('close', (code) => (code === 0 ? resolve() : fail(`ended with ${code}: ${said}`)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(notice));
  });
}
