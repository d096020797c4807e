import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Session } from '../src/local/processes/session.js';
import type { Place } from './contenders/place.js';
import { startContender, type ContenderCommand, type ContenderProcess } from './contender-process.js';
import { installPeers, PEERS } from './install-peers.js';
import type { Options } from './options.js';
import { startRestateServer } from './restate-server.js';
import { startSurroundings, type Surroundings } from './surroundings.js';
import { mkdirSync } from 'node:fs';

export type ContenderName =
  'floor' | `phasegate${'' | '-empty' | '-stub' | '-slow'}` | `langgraph${'' | '-slow'}` | 'dbos' | 'restate';

/** What the measures work with. */
export interface Bench {
  options: Options;
  session: Session;
  surroundings: Surroundings;
  /** A client of the shared Temporal server. */
  client: Client;
  /** A contender that is up, started when it is first asked for; throws `Unavailable` when it can't be had here. */
  contender(name: ContenderName): Promise<ContenderProcess>;
  /** Ends all contenders, so that they take no resources from later measures. They can't be had again. */
  stopContenders(): Promise<void>;
  /** URL of a phasegate contender's database. */
  databaseUrl(name: ContenderName): string;
  say(line: string): void;
}

/** A contender that can't be had on this machine: its rows say why. */
export class Unavailable extends Error {}

const SCRIPTS: Record<ContenderName, Pick<ContenderCommand, 'script' | 'args' | 'before'>> = {
  floor: { script: 'contenders/floor.ts' },
  phasegate: { script: 'contenders/phasegate.ts', args: ['artifact'] },
  'phasegate-empty': { script: 'contenders/phasegate.ts', args: ['empty'] },
  'phasegate-stub': { script: 'contenders/phasegate.ts', args: ['artifact'], before: 'contenders/stub-agent.mjs' },
  'phasegate-slow': { script: 'contenders/phasegate.ts', args: ['artifact'] },
  langgraph: { script: 'peers/langgraph.ts' },
  'langgraph-slow': { script: 'peers/langgraph.ts' },
  dbos: { script: 'peers/dbos.mjs' },
  restate: { script: 'peers/restate.mjs' },
};

/** Brings up what the measures share. */
export async function openBench(session: Session, options: Options, say: (line: string) => void): Promise<Bench> {
  const surroundings = await startSurroundings(session.reaper, say);
  const client = new Client({ connection: await Connection.connect({ address: surroundings.temporalAddress }) });
  const [up, urls] = [new Map<ContenderName, Promise<ContenderProcess>>(), new Map<ContenderName, string>()];
  const start = async (name: ContenderName): Promise<ContenderProcess> => {
    const { folder: root, logs, temporalAddress, slowModel } = surroundings;
    const modelUrl = name.endsWith('-slow') ? slowModel.url : surroundings.modelUrl;
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    const restate = name === 'dbos' || name === 'restate' ? await peer(name, folder, logs) : undefined;
    urls.set(name, await surroundings.database(`bench-${name}`, name.startsWith('phasegate')));
    const place: Place = { databaseUrl: urls.get(name) ?? '', temporalAddress, modelUrl, folder, restate };
    return startContender(
      { name, ...SCRIPTS[name], place, log: join(logs, `${name}.log`), cpuProf: options.cpuProf },
      session.reaper,
    );
  };
  const peer = async (name: 'dbos' | 'restate', folder: string, logs: string) => {
    const why = installPeers(say);
    if (why !== null) throw new Unavailable(`not installed: ${why}`);
    return name === 'restate'
      ? startRestateServer(PEERS, folder, join(logs, 'restate-server.log'), session.reaper)
      : undefined;
  };
  return {
    options,
    session,
    surroundings,
    client,
    say,
    contender(name) {
      const running = up.get(name) ?? start(name);
      up.set(name, running);
      return running;
    },
    async stopContenders() {
      const running = [...up.values()];
      up.clear();
      await Promise.all(
        running.map((contender) =>
          contender.then(
            (process) => process.stop(),
            () => undefined,
          ),
        ),
      );
    },
    databaseUrl: (name) => urls.get(name) ?? '',
  };
}
