import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { loadCatalog } from '../catalog/catalog.js';
import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { contentHash } from '../domain/hash.js';
import { openMirror } from '../mirror/mirror.js';
import { onlyPositional } from './arguments.js';

/** `consent PERSONA`: a person agrees that this very content may run; an edited persona needs it again (S05). */
export async function consent(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { by: { type: 'string' } } });
  const name = onlyPositional(positionals, 'persona');
  const config = readConfig(process.env, ['databaseUrl', 'templates', 'personas', 'schemas', 'backends']);
  const catalog = loadCatalog({
    templatesDir: config.templates,
    personasDir: config.personas,
    schemasDir: config.schemas,
    backendsFile: config.backends,
  });
  const personas = await catalog.personas();
  const persona = personas.find((candidate) => candidate.name === name);
  if (!persona) throw new PhasegateError('persona_not_found', `there is no persona ${name}; there are: ${personas.map((each) => each.name).join(', ')}`);
  const mirror = openMirror(config.databaseUrl);
  try {
    const personaHash = contentHash(persona);
    await mirror.giveConsent({ personaHash, personaName: name, personaVersion: persona.version, consentedBy: values.by ?? userInfo().username });
    process.stdout.write(`consent to ${name}@${persona.version} with the content ${personaHash} is recorded\n`);
    return 0;
  } finally {
    await mirror.close();
  }
}
