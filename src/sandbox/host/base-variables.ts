import type { SandboxSetup } from './messages.js';

/** The environment that every command has, with or without isolation. */
export function baseVariables(
  { path, variables }: Pick<SandboxSetup, 'path' | 'variables'>,
  { home, tmp }: { home: string; tmp: string },
): Record<string, string> {
  return { PATH: path, HOME: home, TMPDIR: tmp, LANG: 'C.UTF-8', TERM: 'dumb', ...variables };
}
