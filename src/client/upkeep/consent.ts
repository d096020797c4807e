import { userInfo } from 'node:os';
import { CATALOG_SETTINGS, loadCatalog } from '../../catalog/catalog.js';
import { readConfig } from '../../config.js';
import { PhasegateError } from '../../domain/failures.js';
import { contentHash } from '../../domain/text/hash.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { withMirror } from '../command-line/with-mirror.js';

/** `consent PERSONA`: a person agrees that exactly this content may run. An edited persona needs it again (S05). */
export const consent = defineCommand({
  usage: 'PERSONA [--by NAME]',
  about: "consent to a persona's present content",
  words: ['persona'],
  options: { by: { type: 'string', value: 'NAME', about: 'who consents (the user of this machine)' } },
  run: async ({ by, json }, [name = '']) => {
    const catalog = loadCatalog(readConfig(process.env, CATALOG_SETTINGS));
    const personas = await catalog.personas();
    const persona = personas.find((candidate) => candidate.name === name);
    if (!persona)
      throw new PhasegateError(
        'persona_not_found',
        `there is no persona ${name}; there are: ${personas.map((each) => each.name).join(', ')}`,
      );
    const given = {
      personaHash: contentHash(persona),
      personaName: name,
      personaVersion: persona.version,
      consentedBy: by ?? userInfo().username,
    };
    await withMirror((mirror) => mirror.giveConsent(given));
    print(json, given, `consent to ${name}@${persona.version} with the content ${given.personaHash} is recorded`);
    return EXIT.ok;
  },
});
