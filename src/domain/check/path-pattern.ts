const MAX_ALTERNATIVES = 100;

/** A pattern of paths, taken apart. It matches a path when one of its alternatives does. */
export interface PathPattern {
  alternatives: Alternative[];
}

interface Alternative {
  /** Patterns of names; null stands for any number of folders. */
  names: (string | null)[];
}

/**
 * Takes a pattern apart. `*` is any part of a name, `?` one character, `**` any number of folders, and `{a,b}` either; no
 * other character has a meaning. As in `.gitignore`, a pattern without a slash counts in every folder, one that begins
 * with a slash only at the root, and a folder stands for all that is in it. One that ends with a slash means the path of
 * the folder, too: a file or a symbolic link there would take the folder's place. No pattern and no path make it slow: it
 * takes no step back.
 *
 * @param pattern - one without a {@link patternProblem}
 */
export function pathPattern(pattern: string): PathPattern {
  return { alternatives: (expand(pattern) ?? []).map(toAlternative) };
}

/** Why a text is no pattern of paths; undefined for one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.trim() === '' || /^\/*$/.test(pattern)) return 'the pattern is empty';
  if (pattern.startsWith('!')) return 'begins with !: what no pattern names is not protected';
  if (/[\u0000-\u001F\u007F\\]/.test(pattern)) return 'has a backslash or a control character';
  const alternatives = expand(pattern);
  if (alternatives === undefined) return `has more than ${MAX_ALTERNATIVES} alternatives in its braces`;
  if (alternatives.some((path) => path.split('/').some((name) => name === '.' || name === '..')))
    return 'has a part . or ..: paths begin at the root of the repository';
  if (
    alternatives.some((path) =>
      path
        .replace(/^\/|\/$/g, '')
        .split('/')
        .includes(''),
    )
  )
    return 'has an empty part';
  return undefined;
}

/**
 * Whether a path is the one that a pattern means, or is below a folder that it means.
 *
 * @param path - relative to the root of the repository, with slashes
 */
export function matchesPattern({ alternatives }: PathPattern, path: string): boolean {
  const names = path.split('/');
  return alternatives.some((alternative) => matchesAlternative(alternative, names));
}

/**
 * Whether a path is a folder on the way to what a pattern means, by a name of the pattern: `ci` for `/ci/deploy.sh`. A
 * link there leads to other files.
 *
 * @param path - as for {@link matchesPattern}
 */
export function leadsToPattern({ alternatives }: PathPattern, path: string): boolean {
  const names = path.split('/');
  const [above, last = ''] = [names.slice(0, -1), names.at(-1)];
  return alternatives.some(({ names: wanted }) =>
    [...placesAfter(wanted, above)].some((place) => {
      const name = wanted[place];
      return typeof name === 'string' && place + 1 < wanted.length && matchesName(name, last);
    }),
  );
}

function toAlternative(path: string): Alternative {
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  const names = inner.split('/').map((name) => (name === '**' ? null : name));
  const anywhere = !path.startsWith('/') && names.length === 1;
  return { names: anywhere ? [null, ...names] : names };
}

function matchesAlternative({ names }: Alternative, path: readonly string[]): boolean {
  let places = skipFolders(new Set([0]), names);
  return path.some((name) => {
    places = step(places, names, name);
    return places.has(names.length);
  });
}

/** The places in a pattern at which one can be once these names are read. */
function placesAfter(names: Alternative['names'], path: readonly string[]): Set<number> {
  return path.reduce((places, name) => step(places, names, name), skipFolders(new Set([0]), names));
}

function step(places: ReadonlySet<number>, names: Alternative['names'], name: string): Set<number> {
  const next = new Set<number>();
  for (const place of places) {
    const wanted = names[place];
    if (wanted === null) next.add(place);
    else if (wanted !== undefined && matchesName(wanted, name)) next.add(place + 1);
  }
  return skipFolders(next, names);
}

/** Any number of folders may be none. */
function skipFolders(places: Set<number>, names: Alternative['names']): Set<number> {
  for (const place of places) if (names[place] === null) places.add(place + 1);
  return places;
}

/** With `*`, only the last one that was met can have to be longer. */
function matchesName(pattern: string, name: string): boolean {
  let [at, read, star, starred] = [0, 0, -1, 0];
  while (read < name.length) {
    if (pattern[at] === '*') [star, starred] = [at++, read];
    else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === name[read]))
      [at, read] = [at + 1, read + 1];
    else if (star >= 0) [at, read] = [star + 1, ++starred];
    else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** The alternatives that braces make; undefined for too many. Braces without a comma, or without an end, are texts. */
function expand(pattern: string): string[] | undefined {
  let done: string[] = [];
  let open = [pattern];
  while (open.length > 0) {
    if (done.length + open.length > MAX_ALTERNATIVES) return undefined;
    const [next = '', ...others] = open;
    const choice = firstChoice(next);
    open = choice ? [...choice.options.map((option) => choice.before + option + choice.after), ...others] : others;
    if (!choice) done = [...done, next];
  }
  return [...new Set(done)];
}

/** The first innermost pair of braces with a comma in it. */
function firstChoice(text: string): { before: string; options: string[]; after: string } | undefined {
  const found = /\{([^{}]*,[^{}]*)\}/.exec(text);
  if (!found) return undefined;
  const [whole, inner = ''] = found;
  return {
    before: text.slice(0, found.index),
    options: inner.split(','),
    after: text.slice(found.index + whole.length),
  };
}
