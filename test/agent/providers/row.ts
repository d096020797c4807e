import type { ModelAccess } from '../../../src/agent/agent-request.js';
import type { Provider, ProviderServer } from './provider-server.js';

/** A provider, and what must come of a whole phase with it. */
export interface Row extends Provider {
  name: string;
  /** Name of the backend in docs/personas.md whose settings are used. */
  recipe?: string;
  model?: Partial<ModelAccess>;
  /** What the record must tell that was learned, in this order; default: nothing. */
  learned?: RegExp[];
  /** More that must hold at the end. */
  check?(server: ProviderServer): void;
}
