import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { artifactFor } from './artifact-value.js';
import type { ChatRequest } from './chat-request.js';
import { askedPhase, type AskedPhase } from './asked-phase.js';
import { DEMO_ARTIFACTS } from './demo/demo-artifacts.js';
import { DEMO_SUBJECT, demoMove, isDemoWork } from './demo/demo-move.js';
import { checkPath, notePath } from './note-path.js';
import { calls, says, type Reply } from './reply.js';

/** How phasegate begins its request for a summary. */
const SUMMARY_REQUEST = 'phasegate asks for a record of the work so far.';

/**
 * What a small agent would do next in a phase. It looks around, reads something, changes something (if it has the tools
 * of an implementer), leaves the artifact, and stops. The decision depends only on the conversation, so a resumed
 * conversation goes on.
 */
export function nextMove(request: ChatRequest): Reply {
  if (asksForSummary(request)) return summary(request);
  const facts = askedPhase(request);
  if (request.tools.size === 0) return says('This scripted model only uses tools, and the request offers none.');
  if (isWritten(facts)) return says('The artifact is written.');
  return look(request, facts) ?? read(request, facts) ?? change(request, facts) ?? leaveArtifact(request, facts);
}

/** Whether the conversation is to be summed up. */
export function asksForSummary({ messages }: ChatRequest): boolean {
  const last = messages.at(-1);
  return last?.role === 'user' && last.text.startsWith(SUMMARY_REQUEST);
}

function summary({ messages }: ChatRequest): Reply {
  const called = messages.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name));
  return says(`Scripted record: ${called.length} calls so far, the last of ${called.at(-1) ?? 'none'}.`);
}

/** The call that leaves a valid artifact, by `write_artifact` where it is offered. */
export function leaveArtifact(request: ChatRequest, facts: AskedPhase = askedPhase(request)): Reply {
  const parameters = request.tools.get('write_artifact');
  if (parameters) {
    const args = artifactFor(parameters, facts.subject, withDemoExample(facts));
    if (isJsonObject(args)) return calls({ name: 'write_artifact', args });
  }
  return calls({ name: 'write_file', args: { path: facts.artifactPath, content: artifactText(facts) } });
}

/** The artifact as the text of a file. */
export function artifactText(facts: AskedPhase): string {
  const { artifactSchema, subject } = facts;
  const value: JsonValue = artifactSchema
    ? artifactFor(artifactSchema, subject, withDemoExample(facts))
    : { summary: subject };
  return JSON.stringify(value, null, 2);
}

/** The schema with its examples. In the demo they begin with one that is about the demo. */
function withDemoExample({ artifactSchema, artifactPath, subject }: AskedPhase): JsonObject | null {
  const own = subject === DEMO_SUBJECT ? DEMO_ARTIFACTS[artifactPath] : undefined;
  if (own === undefined || artifactSchema === null) return artifactSchema;
  const others = Array.isArray(artifactSchema.examples) ? artifactSchema.examples : [];
  return { ...artifactSchema, examples: [own, ...others] };
}

/** What a tool answers when it did not take the artifact. */
const REFUSED = /^Error: |not taken as the artifact/;

function isWritten({ sinceAsked, artifactPath }: AskedPhase): boolean {
  return sinceAsked.some(
    ({ name, args, result }) =>
      (name === 'write_artifact' || (name === 'write_file' && args.path === artifactPath)) && !REFUSED.test(result),
  );
}

function look({ tools }: ChatRequest, { history }: AskedPhase): Reply | undefined {
  if (!tools.has('ls') || history.some((call) => call.name === 'ls')) return undefined;
  return calls({ name: 'ls', args: { path: 'repo' } });
}

function read({ tools }: ChatRequest, { history }: AskedPhase): Reply | undefined {
  const listing = history.find((call) => call.name === 'ls')?.result;
  if (!tools.has('read_file') || listing === undefined || history.some((call) => call.name === 'read_file'))
    return undefined;
  const files = listing.match(/(?<=^|[\s"'])(?:repo\/)?[\w-][\w.-]*\.\w{1,5}(?=$|[\s"',])/gm) ?? [];
  const file = files.find((name) => /readme/i.test(name)) ?? files[0];
  return file === undefined
    ? undefined
    : calls({ name: 'read_file', args: { path: file.startsWith('repo/') ? file : `repo/${file}` } });
}

function change(request: ChatRequest, facts: AskedPhase): Reply | undefined {
  if (!isDemoWork(request, facts)) return writeNote(request, facts);
  const step = demoMove(request, facts);
  return step && calls(step);
}

function writeNote({ tools }: ChatRequest, { history, subject, mustFail }: AskedPhase): Reply | undefined {
  if (!tools.has('edit_file') || !tools.has('write_file')) return undefined;
  const changed = history.some(
    ({ name, args }) => name === 'write_file' && typeof args.path === 'string' && args.path.startsWith('repo/'),
  );
  if (changed) return undefined;
  // where a check must fail, the change comes in a later phase: here comes the script that waits for it
  return mustFail
    ? calls({ name: 'write_file', args: script(subject) })
    : calls({ name: 'write_file', args: note(subject, history.find((call) => call.name === 'read_file')?.args) });
}

function script(subject: string): JsonObject {
  const content = `# Written by the scripted model server. It fails until the change is there.\ntest -f ${notePath(subject)}\n`;
  return { path: `repo/${checkPath(subject)}`, content };
}

function note(subject: string, readArgs: JsonObject | undefined): JsonObject {
  const read = readArgs?.path;
  const lines = [
    `# ${subject}`,
    '',
    'Written by the scripted model server: it stands in for a model and only shows that a change is carried through.',
    ...(typeof read === 'string' ? ['', `Read before: \`${read}\`.`] : []),
    '',
  ];
  return { path: `repo/${notePath(subject)}`, content: lines.join('\n') };
}
