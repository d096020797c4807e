import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendAccess, type BackendAccess } from '../../../src/agent/model/backend-access.js';
import { findBackends } from '../../../src/catalog/find-backends.js';
import { blocks } from '../../docs/pages.js';

/** The values of the variables that the recipes name. */
const VALUES: NodeJS.ProcessEnv = { AZURE_OPENAI_API_KEY: 'azure-key-0123456789' };

/** The settings of a recipe of docs/personas.md, as a worker reads them. */
export async function recipeAccess(name: string): Promise<BackendAccess> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-recipe-'));
  try {
    for (const { label, text } of blocks('docs/personas.md')) {
      if (label !== 'recipe') continue;
      const file = join(folder, 'backends.yaml');
      await writeFile(file, text);
      const backend = (await findBackends(file))[name];
      if (!backend) continue;
      const variables = [backend.apiKeyEnv, ...Object.values(backend.headersFromEnv ?? {})];
      const env = Object.fromEntries(variables.map((variable) => [variable, `value-of-${variable}`]));
      return backendAccess(name, backend, {}, { ...env, ...VALUES });
    }
    throw new Error(`docs/personas.md has no recipe for ${name}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
