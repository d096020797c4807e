import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { PhasegateError } from '../domain/failures.js';
import { maskValues } from '../domain/secrets.js';

/** How long a first connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Where Temporal is, by the SDK's own environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
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
 * A client; its connection is the caller's to close.
 *
 * @throws PhasegateError `config_invalid`, `temporal_unavailable`
 */
export async function connectClient(): Promise<Client> {
  const { connectionOptions, namespace, address } = temporalSettings();
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
    return new Client({ connection, namespace });
  } catch (error) {
    throw unavailable(address, error);
  }
}

/** The failure of a connection, with the address in it. */
export function unavailable(address: string, error: unknown): PhasegateError {
  // a key that can't be sent in a header is quoted
  const reason = maskValues(error instanceof Error ? error.message : String(error), [process.env.TEMPORAL_API_KEY]);
  return new PhasegateError('temporal_unavailable', `no Temporal server answers at ${address}: ${reason}`);
}
