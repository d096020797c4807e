// apart from the client's connection: the worker's package takes half a second to load
import { NativeConnection } from '@temporalio/worker';
import { temporalSettings, unavailable } from '../temporal/connection.js';

/**
 * A worker's connection; the caller's to close.
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
