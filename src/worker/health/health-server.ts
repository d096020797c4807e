import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { PhasegateError } from '../../domain/failures.js';
import type { SocketPlace } from '../../domain/text/socket-place.js';

/** What a worker is asked for its health. */
export interface Checked {
  /** The SDK's state of each worker of the process; empty while it still waits for its servers. */
  states(): readonly string[];
  /** Asks Temporal. It rejects, or never answers, when Temporal is away. */
  askTemporal(): Promise<unknown>;
}

export interface HealthServer {
  /** The port that it listens on. */
  port: number;
  close(): void;
}

const TEMPORAL_MS = 2_000;
/** All probes of this time get one answer of Temporal. */
const SHARED_MS = 5_000;

/**
 * Answers probes. `/livez` fails only where a worker has failed: one that ends its work is alive, and one that can't
 * reach Temporal gains nothing from a new process. `/readyz` fails unless every worker takes work and Temporal answers.
 *
 * @param place - where to listen; port 0 takes a free one
 * @throws PhasegateError `config_invalid` when it can't listen there
 */
export async function startHealthServer(place: SocketPlace, checked: Checked): Promise<HealthServer> {
  const temporal = sharedAnswer(() => within(checked.askTemporal(), TEMPORAL_MS));
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return say(response, checked.states().includes('FAILED') ? 'a worker has failed' : null);
    if (path !== '/readyz') return void response.writeHead(404).end('/livez or /readyz\n');
    void readiness(checked.states(), temporal).then((problem) => say(response, problem));
  });
  server.listen({ host: place.host, port: place.port });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'the port is taken' : `it can't listen there (${error.code})`;
    throw new PhasegateError('config_invalid', `PHASEGATE_HEALTH_ADDRESS: ${place.host}:${place.port}: ${why}`);
  });
  // probes must not keep a process up that has ended its work
  server.unref();
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() };
}

async function readiness(states: readonly string[], temporal: () => Promise<boolean>): Promise<string | null> {
  if (states.length === 0) return 'the worker waits for its servers';
  const other = states.find((state) => state !== 'RUNNING');
  if (other !== undefined) return `a worker is ${other}`;
  return (await temporal()) ? null : `Temporal did not answer within ${TEMPORAL_MS / 1_000} s`;
}

function say(response: ServerResponse, problem: string | null): void {
  response.writeHead(problem === null ? 200 : 503, { 'content-type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
}

function sharedAnswer(ask: () => Promise<boolean>): () => Promise<boolean> {
  let askedAt = -Infinity;
  let answer = Promise.resolve(false);
  return () => {
    if (performance.now() - askedAt >= SHARED_MS) {
      askedAt = performance.now();
      answer = ask();
    }
    return answer;
  };
}

/** Whether something resolves in time. */
async function within(asked: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, ms, false).unref());
  return await Promise.race([asked.then(() => true).catch(() => false), late]);
}
