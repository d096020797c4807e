import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Persona } from '../../src/domain/template/persona.js';
import type { Template, TemplatePhase } from '../../src/domain/template/template.js';
import { ARTIFACT_SCHEMA, INSTRUCTIONS, stepKey } from './task.js';

/**
 * What the phases of a template are like: each with one artifact, without any, or one phase whose artifact waits at a
 * gate.
 */
export type TemplateKind = 'artifact' | 'empty' | 'gate';

/** phasegate's own files, made for the bench. */
export interface Catalog {
  /** Settings of a worker that uses it. */
  env: Record<string, string>;
  /** Name of the template with so many phases, written when it is first asked for. */
  template(kind: TemplateKind, phases: number): string;
}

/**
 * Writes schemas, personas and backends for phasegate into a folder.
 *
 * @param modelUrl - base URL of the scripted model server
 */
export function writeCatalog(folder: string, modelUrl: string): Catalog {
  const at = (name: string): string => join(folder, name);
  for (const name of ['templates', 'personas', 'schemas', 'workspace']) mkdirSync(at(name), { recursive: true });
  const write = (name: string, value: object): void => writeFileSync(at(name), JSON.stringify(value));
  write('schemas/note.schema.json', ARTIFACT_SCHEMA);
  write('personas/reader.json', persona('reader', 'read'));
  write('personas/writer.json', persona('writer', 'write'));
  const prices = { 'bench-model': { inputPer1k: 0.001, outputPer1k: 0.002 } };
  write('backends.json', { backends: { bench: { baseUrl: modelUrl, apiKeyEnv: 'BENCH_KEY', prices } } });
  const env = {
    PHASEGATE_WORKSPACE_ROOT: at('workspace'),
    PHASEGATE_TEMPLATES: at('templates'),
    PHASEGATE_PERSONAS: at('personas'),
    PHASEGATE_SCHEMAS: at('schemas'),
    PHASEGATE_BACKENDS: at('backends.json'),
    BENCH_KEY: 'not a secret',
  };
  return {
    env,
    template(kind, phases) {
      const name = `${kind}-${phases}`;
      if (!existsSync(at(`templates/${name}.json`))) write(`templates/${name}.json`, template(name, kind, phases));
      return name;
    },
  };
}

/**
 * Only `write_file`: then the scripted model leaves the artifact by its first call, so that a phase is one call, as
 * with the peers.
 */
function persona(name: string, repoAccess: 'read' | 'write'): Persona {
  return {
    name,
    version: '1',
    roles: [name],
    backend: 'bench',
    model: 'bench-model',
    systemPrompt: 'You work with care.',
    tools: ['write_file'],
    repoAccess,
  };
}

function template(name: string, kind: TemplateKind, phases: number): Template {
  return { name, version: '1', phases: Array.from({ length: phases }, (_, index) => phase(kind, index, phases)) };
}

/** The last phase but one may change the repository, as in the template `feature`: there git is asked for changes. */
function phase(kind: TemplateKind, index: number, phases: number): TemplatePhase {
  const key = stepKey(index);
  const plain = { key, role: index === phases - 2 ? 'writer' : 'reader', instructions: INSTRUCTIONS };
  if (kind === 'empty') return plain;
  return {
    ...plain,
    artifact: { path: `artifacts/${key}.json`, schema: 'urn:bench:note' },
    ...(kind === 'gate' && { gates: ['approval'] }),
  };
}
