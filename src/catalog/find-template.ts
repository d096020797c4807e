import path from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import type { Template } from '../domain/template/template.js';
import { verdictIssues } from '../domain/template/verdict-rules.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import { templateIssues } from '../domain/template/template-rules.js';
import { readFolder } from './catalog-folder.js';
import { checkedContent, fileError, peek } from './checked-document.js';
import { notFound } from './not-found.js';
import type { SourceDocument } from './source-document.js';

/** Reads all files of a folder of schemas. */
type ReadSchemas = () => Promise<readonly SourceDocument[]>;

/** A file of a template, as far as its name can be found. */
interface Candidate {
  document: SourceDocument;
  name: string;
  version: string;
}

/**
 * Finds a template by its name, among the files of a folder. Only its own file must be sound.
 *
 * @param wanted - `NAME` for its highest version, or `NAME@VERSION`; compared with what the files say, never used as a
 *   path
 * @param readSchemas - reads all files of schemas, by which conditions of phases are checked; none are checked without
 * @throws PhasegateError `template_not_found`; `template_invalid` with file, line and column
 */
export async function findTemplate(
  folder: string,
  wanted: string,
  readSchemas: ReadSchemas = () => Promise.resolve([]),
): Promise<Template> {
  const documents = await readTemplates(folder);
  const candidates = documents.map(toCandidate);
  const [, name = wanted, version] = /^(.*)@([^@]*)$/.exec(wanted) ?? [];
  const named = candidates.filter((candidate) => candidate.name === name);
  const matching = named.filter((candidate) => version === undefined || candidate.version === version);
  const chosen = matching.sort((a, b) => compareVersions(b.version, a.version))[0];
  if (!chosen) throw notFound('template', wanted, named.length > 0 ? named.map(label) : candidates.map(label), folder);
  refuseTwins(chosen, matching);
  return checkTemplate(chosen.document, readSchemas);
}

/**
 * The name of a template that can be used: the wanted one, or else the first by name.
 *
 * @returns null when the folder has none, or can't be read
 */
export async function findUsableTemplate(folder: string, wanted: string): Promise<string | null> {
  const documents = await readTemplates(folder).catch(() => []);
  const names = [wanted, ...documents.map((document) => toCandidate(document).name).sort()];
  for (const name of names)
    if (
      await findTemplate(folder, name).then(
        () => true,
        () => false,
      )
    )
      return name;
  return null;
}

function readTemplates(folder: string): Promise<SourceDocument[]> {
  return readFolder(folder, 'template_not_found', 'templates (PHASEGATE_TEMPLATES)', 'template');
}

async function checkTemplate(document: SourceDocument, readSchemas: ReadSchemas): Promise<Template> {
  const template = checkedContent(document, 'template_invalid') as unknown as Template;
  const issues = templateIssues(template);
  if (issues.length === 0) issues.push(...verdictIssues(template, await knownSchemas(readSchemas)));
  if (issues.length > 0) throw await fileError(document, 'template_invalid', issues);
  return template;
}

/** A schema that is missing or broken is told when the run is planned: here it only can't be compared. */
async function knownSchemas(readSchemas: ReadSchemas): Promise<Record<string, JsonObject>> {
  const documents = await readSchemas().catch(() => []);
  return Object.fromEntries(
    documents.flatMap((document): [string, JsonObject][] => {
      const id = peek(document, '$id');
      return id !== undefined && isJsonObject(document.value) ? [[id, document.value]] : [];
    }),
  );
}

/** When a file is too broken to tell its name, its file name is taken for it. */
function toCandidate(document: SourceDocument): Candidate {
  const name = peek(document, 'name') ?? path.parse(document.file).name;
  return { document, name, version: peek(document, 'version') ?? '0' };
}

function label({ name, version }: Candidate): string {
  return `${name}@${version}`;
}

function refuseTwins(chosen: Candidate, matching: readonly Candidate[]): void {
  const twins = matching.filter((other) => compareVersions(other.version, chosen.version) === 0);
  if (twins.length < 2) return;
  const files = twins.map(({ document }) => document.file);
  const message = `the template ${label(chosen)} is in more than one file: ${files.join(', ')}; give one another version`;
  throw new PhasegateError('template_invalid', message, { files });
}

/** Orders `1.10` after `1.9`. A missing part counts as 0, and a part that is not a number counts as the lowest. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) =>
    version.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : -1)),
  );
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
