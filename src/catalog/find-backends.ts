import type { Backend, Backends } from '../domain/template/backends.js';
import { readSource } from './catalog-folder.js';
import { checkedContent } from './checked-document.js';
import { notFound } from './not-found.js';

/**
 * The backends of the backends file, by name.
 *
 * @throws PhasegateError `backends_invalid` with file, line and column, or when the file can't be read
 */
export async function findBackends(file: string): Promise<Record<string, Backend>> {
  const { backends } = checkedContent(await readSource(file, 'backends'), 'backends_invalid') as unknown as Backends;
  // no prototype: a backend or model called `constructor` must be unknown, and not a function
  return bare(
    Object.fromEntries(
      Object.entries(backends).map(([name, backend]) => [name, { ...backend, prices: bare(backend.prices) }]),
    ),
  );
}

/**
 * One backend of {@link findBackends}.
 *
 * @param file - the file that they come from, for the message
 * @throws PhasegateError `backend_not_found` with what there is
 */
export function backendNamed(backends: Readonly<Record<string, Backend>>, name: string, file: string): Backend {
  const backend = backends[name];
  if (!backend) throw notFound('backend', name, Object.keys(backends), file);
  return backend;
}

function bare<T>(record: Record<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, record);
}
