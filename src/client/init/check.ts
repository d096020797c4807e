import { CATALOG_SETTINGS } from '../../catalog/catalog.js';
import { checkCatalog } from '../../catalog/check-catalog.js';
import { readConfig } from '../../config.js';
import { FAILURES } from '../../domain/failures.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';

/** `check`: whether runs could use what is in the folders of templates, schemas, personas and backends. Files only. */
export const check = defineCommand({
  usage: '',
  about: 'look at all templates, schemas, personas and backends; it needs no server',
  options: {},
  run: async ({ json }) => {
    const findings = await checkCatalog(readConfig(process.env, CATALOG_SETTINGS));
    const rows = findings.map(({ what, fault }) => ({
      what,
      ok: fault === null,
      ...(fault && { code: fault.code, message: fault.message, todo: FAILURES[fault.code].todo }),
    }));
    const lines = rows.map(({ what, ok, code, message, todo }) =>
      ok ? `ok    ${what}` : `FAIL  ${what}: ${code}: ${message}\n      → ${todo}`,
    );
    print(json, rows, lines.join('\n'));
    return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
  },
});
