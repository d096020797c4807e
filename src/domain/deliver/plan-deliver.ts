import { parseDuration } from '../text/duration.js';
import type { TemplateIssue } from '../template/template.js';
import type { DeliverWishes, PlannedDeliver, Provider, TemplateDeliver } from './deliver.js';

const HOSTS: Readonly<Record<Provider, string>> = { github: 'github.com', gitlab: 'gitlab.com' };
const TOKENS: Readonly<Record<Provider, string>> = { github: 'GITHUB_TOKEN', gitlab: 'GITLAB_TOKEN' };
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** The delivery of a template with its defaults. @param deliver - checked, so that its duration can be parsed */
export function planDeliver({ push, tokenFromEnv, host, pullRequest, waitForChecks }: TemplateDeliver): PlannedDeliver {
  const provider = pullRequest?.provider ?? null;
  return {
    remote: push,
    tokenFromEnv: tokenFromEnv ?? (provider && TOKENS[provider]),
    host: host?.toLowerCase() ?? (provider && HOSTS[provider]),
    pullRequest: pullRequest
      ? {
          provider: pullRequest.provider,
          apiUrl: pullRequest.apiUrl ?? null,
          repository: pullRequest.repository ?? null,
          title: pullRequest.title ?? null,
          base: pullRequest.base ?? null,
          draft: pullRequest.draft ?? false,
          labels: pullRequest.labels ?? [],
          reviewers: pullRequest.reviewers ?? [],
        }
      : null,
    waitForChecksMs: waitForChecks === undefined ? null : (parseDuration(waitForChecks) ?? null),
  };
}

/** The delivery for a remote of which no template says anything: a pull request where its host is a known forge. */
export function guessDeliver(remote: string, host: string | null): PlannedDeliver {
  const provider = (Object.keys(HOSTS) as Provider[]).find((known) => HOSTS[known] === host);
  return planDeliver({ push: remote, ...(provider && { pullRequest: { provider } }) });
}

/** The delivery as a person wishes it. The host and the token stay those of the template, whatever is wished. */
export function withWishes(planned: PlannedDeliver, wishes: DeliverWishes): PlannedDeliver {
  const { push, title, base, draft, pushOnly, waitForChecks } = wishes;
  const { pullRequest } = planned;
  return {
    ...planned,
    remote: push ?? planned.remote,
    pullRequest:
      pullRequest === null || pushOnly
        ? null
        : {
            ...pullRequest,
            title: title ?? pullRequest.title,
            base: base ?? pullRequest.base,
            draft: draft ?? pullRequest.draft,
          },
    waitForChecksMs: waitForChecks === undefined ? planned.waitForChecksMs : (parseDuration(waitForChecks) ?? null),
  };
}

/** What is wrong with a duration of `waitForChecks`; null for a good one. */
export function waitFault(text: string): string | null {
  const ms = parseDuration(text);
  return ms === undefined || ms < 1_000 || ms > LONGEST_WAIT_MS
    ? `must be a duration between 1s and 24h, found ${JSON.stringify(text)}`
    : null;
}

/** Finds the mistakes in a template's delivery that the JSON Schema can't express, with their JSON pointers. */
export function deliverIssues(deliver: TemplateDeliver | undefined): TemplateIssue[] {
  if (!deliver) return [];
  const { waitForChecks, pullRequest, host, tokenFromEnv } = deliver;
  const issues: TemplateIssue[] = [];
  const fault = waitForChecks === undefined ? null : waitFault(waitForChecks);
  if (fault !== null) issues.push({ pointer: '/deliver/waitForChecks', message: fault });
  if (waitForChecks !== undefined && !pullRequest)
    issues.push({ pointer: '/deliver/waitForChecks', message: 'needs pullRequest: the forge is asked for its checks' });
  if (tokenFromEnv !== undefined && !pullRequest && host === undefined)
    issues.push({ pointer: '/deliver/host', message: 'name the host that the token is for' });
  const { apiUrl } = pullRequest ?? {};
  if (apiUrl !== undefined && !isSafeUrl(apiUrl))
    issues.push({
      pointer: '/deliver/pullRequest/apiUrl',
      message: 'must be an https URL without user, query and fragment: the token is sent there',
    });
  if (apiUrl !== undefined && host === undefined)
    issues.push({ pointer: '/deliver/host', message: 'name the host that the token is for, beside apiUrl' });
  return issues;
}

/** Whether a token may be sent to a URL: by https, or to this machine. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
