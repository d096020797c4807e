// this is not in the client's connection, because the worker's package takes half a second to load
import { NativeConnection } from '@temporalio/worker';
import { temporalSettings, unavailable } from '../temporal/connection.js';

/**
 * A worker's connection. The caller must close it.
 *
 * @throws PhasegateError `config_invalid`, `temporal_unavailable`
 */
export async function connectWorker(): Promise<NativeConnection> {
  const { connectionOptions, address } = temporalSettings();
  try {
    return await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw unavailable(address, error);
  }
}
