/** A setting of git: name and value. */
export type Setting = readonly [name: string, value: string];

/**
 * Settings that keep a repository from running anything of its own. They go in by GIT_CONFIG_COUNT. That beats the
 * repository's files, and unlike `-c name=value` it also takes a name with `=` in it.
 */
const FIXED: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', ''],
  ['core.sshCommand', 'false'],
  ['core.gitProxy', ''],
  ['core.askPass', ''],
  ['core.editor', 'false'],
  ['core.pager', 'cat'],
  ['credential.helper', ''],
  ['diff.external', ''],
  ['commit.gpgSign', 'false'],
  ['log.showSignature', 'false'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // not dangerous, but an agent's commit must not depend on them
  ['core.ignoreStat', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.sparseCheckout', 'false'],
  ['core.safecrlf', 'false'],
  ['core.quotePath', 'false'],
  ['i18n.commitEncoding', 'UTF-8'],
  ['diff.orderFile', '/dev/null'],
  ['worktree.useRelativePaths', 'false'],
  // the repository may come from a clone made elsewhere: then `readme.md` beside `README.md` would never be committed
  ...(process.platform === 'linux' ? [['core.ignoreCase', 'false'] as const] : []),
  // the worker may be root and the repository a user's; with all of the settings above the owner no longer matters
  ['safe.directory', '*'],
];

const ALWAYS: Readonly<Record<string, string>> = {
  HOME: '/nonexistent',
  LC_ALL: 'C',
  TZ: 'UTC',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  // an empty list allows no transport at all, whatever `protocol.*.allow` the repository sets
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_LAZY_FETCH: '1',
  GIT_AUTHOR_NAME: 'phasegate',
  GIT_AUTHOR_EMAIL: 'phasegate@localhost',
  GIT_COMMITTER_NAME: 'phasegate',
  GIT_COMMITTER_EMAIL: 'phasegate@localhost',
  ...variablesOf(FIXED, 0),
};

/**
 * Values for the settings whose names only the repository knows. A filter with an empty command hands the content
 * through as it is, so Git LFS pointers stay pointers.
 *
 * @param names - names of all settings that the repository makes, as `git config --list --name-only` gives them
 */
export function neutralise(names: readonly string[]): Setting[] {
  const drivers = new Set(names.flatMap((name) => /^(?:filter|hook)\.[^]+(?=\.[^.]*$)/i.exec(name) ?? []));
  return [...drivers].flatMap((driver): Setting[] => {
    if (/^hook\./i.test(driver)) return [[`${driver}.enabled`, 'false']];
    return [
      [`${driver}.clean`, ''],
      [`${driver}.smudge`, ''],
      [`${driver}.process`, ''],
      [`${driver}.required`, 'false'],
    ];
  });
}

/** Where a git process works. */
interface GitPlace {
  gitDir?: string;
  workTree?: string;
  literalPathspecs?: false;
  indexFile?: string;
  objects?: { objects: string; alternate: string };
}

/**
 * The whole environment of a git process. From the worker it has only PATH, so no credential, proxy or `GIT_*`.
 *
 * @param place - explicit git directory and work tree; without them git looks around its working directory
 * @param extra - more settings, from {@link neutralise}
 */
export function gitEnvironment(place: GitPlace = {}, extra: readonly Setting[] = []): Record<string, string> {
  return {
    ...ALWAYS,
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    ...(place.literalPathspecs === false && { GIT_LITERAL_PATHSPECS: '0' }),
    ...(place.gitDir !== undefined && { GIT_DIR: place.gitDir }),
    ...(place.workTree !== undefined && { GIT_WORK_TREE: place.workTree }),
    ...(place.indexFile !== undefined && { GIT_INDEX_FILE: place.indexFile }),
    ...(place.objects && {
      GIT_OBJECT_DIRECTORY: place.objects.objects,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(place.objects.alternate),
    }),
    ...variablesOf(extra, FIXED.length),
    GIT_CONFIG_COUNT: String(FIXED.length + extra.length),
  };
}

/** Git takes a list there, with a colon between its parts, unless a part is quoted. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}

/** The variables of settings, numbered from `first`. */
function variablesOf(settings: readonly Setting[], first: number): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap(([name, value], n) => [
      [`GIT_CONFIG_KEY_${first + n}`, name],
      [`GIT_CONFIG_VALUE_${first + n}`, value],
    ]),
  );
}
