import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { loadCatalog, type Catalog } from '../../../src/catalog/catalog.js';

/** A catalog over files in a temporary folder, which is removed after the test. */
export async function tempCatalog(
  t: TestContext,
  files: Record<string, string | Uint8Array>,
): Promise<Catalog & { root: string }> {
  const root = await mkdtemp(path.join(tmpdir(), 'phasegate-catalog-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const folder of ['templates', 'personas', 'schemas']) await mkdir(path.join(root, folder));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  const at = (name: string): string => path.join(root, name);
  const catalog = loadCatalog({
    templates: at('templates'),
    personas: at('personas'),
    schemas: at('schemas'),
    backends: at('backends.yaml'),
  });
  return { ...catalog, root };
}

export const TEMPLATE = `name: small
version: "1.2"
phases:
  - key: think
    role: thinker
    instructions: Think.
    artifact: { path: artifacts/thought.json, schema: "urn:test:thought" }
`;

export const PERSONA = `name: thinker
version: "1"
roles: [thinker]
backend: test
model: m
systemPrompt: You think.
tools: [ls, write_file]
`;
