import { cut, PhasegateError } from '../domain/failures.js';
import { nearestName } from '../domain/text/nearest-name.js';

const MAX_LISTED = 50;

/**
 * The failure for a name that does not exist. It lists what there is, and the name that was perhaps meant.
 *
 * @param where - the folder or file in which it was looked for
 */
export function notFound(
  kind: 'template' | 'schema' | 'backend',
  wanted: string,
  existing: readonly string[],
  where: string,
): PhasegateError {
  const names = [...new Set(existing)].sort();
  const nearest = nearestName(
    wanted,
    names.flatMap((name) => [name, name.split('@')[0] ?? name]),
  );
  const meant = nearest === undefined ? '.' : `, did you mean ${nearest}?`;
  const listed = names.slice(0, MAX_LISTED).join(', ') || 'none';
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return new PhasegateError(
    `${kind}_not_found`,
    `no ${kind} ${JSON.stringify(cut(wanted, 200))}${meant} In ${where} there are: ${listed}${more}`,
    {
      wanted: cut(wanted, 200),
      ...(nearest === undefined ? {} : { nearest }),
    },
  );
}
