import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { PhasegateError } from '../domain/failures.js';
import { maskValues } from '../domain/text/secrets.js';
import { payloadCodecs } from './encryption/payload-codecs.js';
import { asTemporalFailure } from './grpc-errors.js';

/** How long a first connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The limit for one message. gRPC's own limit is 4 MiB, and one page of a history of large events may have more. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

/**
 * The address of Temporal, from the SDK's own environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_PROFILE, TLS, API key, or a configuration file (S30).
 *
 * @throws PhasegateError `config_invalid`
 */
export function temporalSettings(): ClientConnectConfig & { namespace: string; address: string } {
  try {
    const config = loadClientConnectConfig();
    const address = config.connectionOptions.address ?? 'localhost:7233';
    return { ...config, address, namespace: config.namespace ?? 'default' };
  } catch (error) {
    throw new PhasegateError('config_invalid', `Temporal's environment configuration: ${String(error)}`);
  }
}

/**
 * A client. The caller must close its connection.
 *
 * @throws PhasegateError `config_invalid`, `temporal_unavailable`
 */
export async function connectClient(): Promise<Client> {
  const { connectionOptions, namespace, address } = temporalSettings();
  const codecs = payloadCodecs(process.env);
  try {
    const channelArgs = { 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES };
    const options = { ...connectionOptions, channelArgs, connectTimeout: CONNECT_TIMEOUT_MS };
    const connection = await Connection.connect(options);
    return new Client({ connection, namespace, dataConverter: { payloadCodecs: codecs } });
  } catch (error) {
    throw unavailable(address, error);
  }
}

/** The failure of a connection, with the address in it, or the reason why Temporal refuses the caller. */
export function unavailable(address: string, error: unknown): PhasegateError {
  const refused = asTemporalFailure(error);
  if (refused && refused.code !== 'temporal_unavailable') return refused;
  // the error quotes a key that can't be sent in a header
  const reason = maskValues(error instanceof Error ? error.message : String(error), [process.env.TEMPORAL_API_KEY]);
  return new PhasegateError('temporal_unavailable', `no Temporal server answers at ${address}: ${reason}`);
}
