import { maskCredentials, maskValues } from '../text/secrets.js';

/** A character that nobody sees. A forge no longer takes the word around it for a mention, a reference or a command. */
const GAP = '\u200B';
/** The most characters that a forge takes as the body of a pull request. */
export const MAX_BODY = 65_536;
const MAX_TITLE = 200;
const CUT_NOTE = '\n\n… The rest did not fit. The whole report: `npm run client -- report`.\n';

/**
 * Makes a Markdown text harmless for a forge: nobody is mentioned, no issue is closed or linked, no quick action of
 * GitLab runs. To readers it looks the same.
 *
 * @param text - any text, also of agents; its own Markdown still takes effect
 */
export function neutralise(text: string): string {
  return (
    text
      .replaceAll('\r', '')
      // GitLab takes a line that begins with a slash for a command
      .replace(/^([ \t>*+-]*)\//gm, `$1${GAP}/`)
      // people and groups
      .replace(/@(?=[\p{L}\p{N}_\\-])/gu, `@${GAP}`)
      // issues, merge requests, snippets, epics; milestones, labels, alerts
      .replace(/([#!$&])(?=\d)|([%~^])(?=[\w"])/g, `$&${GAP}`)
      .replace(/GH-(?=\d)/gi, `$&${GAP}`)
      .replace(/\[(?=[\w-]+:)/g, `[${GAP}`)
      // words that keep the forge from checking the commit
      .replace(/\[(?=(?:skip|ci|no|actions)[ -])|\*\*\*(?=NO_CI)|skip-checks(?=:)/gi, `$&${GAP}`)
      // a whole URL of an issue refers to it, too
      .replace(/(https?):\/\//gi, `$1:${GAP}//`)
  );
}

/**
 * A body for a pull request: harmless, without secrets, and not longer than a forge takes.
 *
 * @param secrets - values that must not be in it
 */
export function pullRequestBody(markdown: string, secrets: readonly (string | undefined)[]): string {
  const harmless = neutralise(maskCredentials(maskValues(markdown, secrets)));
  if (harmless.length <= MAX_BODY) return harmless;
  const kept = harmless.slice(0, MAX_BODY - CUT_NOTE.length - 10);
  const atLine = kept.slice(0, Math.max(kept.lastIndexOf('\n'), 0));
  const whole = atLine.length > MAX_BODY / 2 ? atLine : kept.replace(/[\uD800-\uDBFF]$/, '');
  // a code block that was cut must not swallow the note
  const isOpen = (whole.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return `${whole}${isOpen ? '\n```' : ''}${CUT_NOTE}`;
}

/** A title for a pull request: one line, harmless, without secrets, at most 200 characters. */
export function pullRequestTitle(text: string, secrets: readonly (string | undefined)[]): string {
  const line = maskCredentials(maskValues(text, secrets))
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ')
    .trim();
  const short = line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
  return neutralise(short);
}
