import path from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import { isJsonObject } from '../domain/text/json.js';
import type { Persona } from '../domain/template/persona.js';
import type { Template } from '../domain/template/template.js';
import { readFolder } from './catalog-folder.js';
import { checkedContent, peek } from './checked-document.js';
import type { SourceDocument } from './source-document.js';

/** The run for which personas are looked up. */
export interface PersonaUse {
  template: Pick<Template, 'roles' | 'phases'>;
  overrides?: Readonly<Record<string, string>>;
}

/**
 * The personas of a folder, in the order of their file names. A broken file is an error only where the run uses it. The
 * run uses a file that it names, and a file with a role that is to be filled from all personas: if another model took
 * its place and nobody saw it, that would be worse.
 *
 * @param use - the run; without it, every file must be sound
 * @throws PhasegateError `persona_not_found` (no such folder); `persona_invalid` with file, line and column
 */
export async function findPersonas(folder: string, use?: PersonaUse): Promise<Persona[]> {
  const documents = await readFolder(folder, 'persona_not_found', 'personas (PHASEGATE_PERSONAS)', 'persona');
  const files = new Map<string, string>();
  return documents.flatMap((document) => {
    try {
      const persona = checkedContent(document, 'persona_invalid') as unknown as Persona;
      refuseTwin(persona.name, document.file, files);
      return [persona];
    } catch (error) {
      if (!use || isUsed(document, use) || isTwinError(error)) throw error;
      return [];
    }
  });
}

function refuseTwin(name: string, file: string, files: Map<string, string>): void {
  const other = files.get(name);
  if (other !== undefined) {
    const message = `the persona ${name} is in more than one file: ${other}, ${file}; give one another name`;
    throw new PhasegateError('persona_invalid', message, { files: [other, file] });
  }
  files.set(name, file);
}

function isTwinError(error: unknown): boolean {
  return error instanceof PhasegateError && 'files' in error.details;
}

function isUsed(document: SourceDocument, { template, overrides = {} }: PersonaUse): boolean {
  const named = { ...template.roles, ...overrides };
  const name = peek(document, 'name') ?? path.parse(document.file).name;
  if (Object.values(named).includes(name)) return true;
  const { value } = document;
  const roles = isJsonObject(value) && Array.isArray(value.roles) ? value.roles : [];
  return template.phases.some(({ role }) => !Object.hasOwn(named, role) && roles.includes(role));
}
