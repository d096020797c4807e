import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PhasegateError } from '../../domain/failures.js';
import { temporalSettings } from '../../temporal/connection.js';
import { createCodecServer } from '../../temporal/encryption/codec-server.js';
import { EncryptionCodec } from '../../temporal/encryption/encryption-codec.js';
import { readEncryptionKeys } from '../../temporal/encryption/encryption-keys.js';
import { CODEC_SERVER_PORT } from '../../temporal/encryption/codec-server-address.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';

const LOCAL_UI = ['http://localhost:8233', 'http://127.0.0.1:8233'];

/** `codec-server`: lets the `temporal` CLI and Temporal Web read what is encrypted, until Ctrl-C. */
export const codecServer = defineCommand({
  usage: `[--port ${CODEC_SERVER_PORT}] [--ui-origin URL]`,
  about: 'decrypt payloads for the temporal CLI and for Temporal Web, on this machine only',
  options: {
    port: { type: 'string', value: 'PORT', about: `the port of 127.0.0.1 (${CODEC_SERVER_PORT}); 0 takes a free one` },
    'ui-origin': {
      type: 'string',
      value: 'URL',
      multiple: true,
      about: `where Temporal Web is, as the browser shows it (TEMPORAL_UI_URL, else ${LOCAL_UI[0]})`,
    },
  },
  run: async ({ port = String(CODEC_SERVER_PORT), 'ui-origin': uiOrigins = ownUi() }) => {
    const keys = readEncryptionKeys(process.env);
    if (keys.keys.length === 0)
      throw new PhasegateError(
        'config_invalid',
        'PHASEGATE_ENCRYPTION_KEYS is not set, so there is nothing to decrypt',
      );
    const { namespace } = temporalSettings();
    const server = createCodecServer({
      codec: new EncryptionCodec(keys),
      namespace,
      uiOrigins: uiOrigins.map(originOf),
    });
    server.listen({ host: '127.0.0.1', port: portOf(port) });
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      throw new PhasegateError(
        'usage_invalid',
        `--port ${port}: ${error.code === 'EADDRINUSE' ? 'it is taken; name another one' : error.message}`,
      );
    });
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.stdout.write(
      `${[
        `The codec server listens on ${address}, for the namespace ${namespace}, until Ctrl-C.`,
        `CLI:          export TEMPORAL_CODEC_ENDPOINT=${address}`,
        `Temporal Web: set "Use Cluster-level setting or Custom endpoint" to ${address} (the glasses, top right)`,
      ].join('\n')}\n`,
    );
    const stop = (): void => void server.close();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await once(server, 'close');
    return EXIT.ok;
  },
});

function ownUi(): string[] {
  const own = process.env.TEMPORAL_UI_URL;
  return own ? [own, own.replace('127.0.0.1', 'localhost')] : LOCAL_UI;
}

function originOf(url: string): string {
  if (!URL.canParse(url))
    throw new PhasegateError('usage_invalid', `--ui-origin ${url} is not a URL such as ${LOCAL_UI[0]}`);
  return new URL(url).origin;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new PhasegateError('usage_invalid', `--port ${text} is not a port from 0 to 65535`);
  return port;
}
