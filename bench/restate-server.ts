import { join } from 'node:path';
import { createRequire } from 'node:module';
import { freePort } from '../src/local/processes/ports.js';
import { startService, waitUntilReady } from '../src/local/processes/processes.js';
import { STAGES, type Reaper } from '../src/local/processes/reaper.js';
import type { Place } from './contenders/place.js';
import { plainEnvironment } from './contender-process.js';

/** Starts Restate's server with its defaults, its data below a folder; telemetry is off. */
export async function startRestateServer(
  peers: string,
  folder: string,
  log: string,
  reaper: Reaper,
): Promise<NonNullable<Place['restate']>> {
  const require = createRequire(join(peers, 'node_modules/@restatedev/restate-server/package.json'));
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const service = await startService(
    {
      name: 'Restate server',
      file: require.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`),
      args: [
        '--no-logo',
        '--node-name',
        'bench',
        '--base-dir',
        join(folder, 'restate'),
        '--listen-mode',
        'tcp',
        '--bind-ip',
        '127.0.0.1',
        '--bind-port',
        String(node),
      ],
      cwd: folder,
      env: {
        ...plainEnvironment(),
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      },
      log,
      end: { signal: 'SIGTERM', stage: STAGES.temporal, graceMs: 10_000 },
    },
    reaper,
  );
  const [ingressUrl, adminUrl] = [`http://127.0.0.1:${ingress}`, `http://127.0.0.1:${admin}`];
  const healthy = async (): Promise<true | undefined> => {
    const answers = await Promise.all(
      [`${ingressUrl}/restate/health`, `${adminUrl}/health`].map((url) =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    return answers.every(Boolean) ? true : undefined;
  };
  await waitUntilReady(service, healthy, 60_000);
  return { ingressUrl, adminUrl };
}
