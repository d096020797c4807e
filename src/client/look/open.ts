import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { withMirror } from '../command-line/with-mirror.js';

/** How each kind of machine opens a file in the browser of the person. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };

/** `open W`: the page of the run, from the mirror: what is to be decided at a gate, or the report. */
export const open = defineCommand({
  usage: 'W [--out FILE]',
  about: 'open the page of a run in the browser: what is to be decided, or the report; --out only writes the file',
  words: ['workflow id or run id'],
  options: { out: { type: 'string', value: 'FILE', about: 'write the page there, and open nothing' } },
  run: async ({ out, json }, [id = '']) => {
    const page = await withMirror((mirror) => mirror.readPage(id));
    if (page === undefined) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
    if (page === null)
      throw new PhasegateError(
        'artifact_not_there',
        `run ${id} has no page yet: it gets one at its first gate, and at its end`,
      );
    const file = out ?? path.join(await mkdtemp(path.join(tmpdir(), 'phasegate-page-')), `${page.kind}.html`);
    await writeFile(file, page.html, { mode: 0o600 });
    const opened = out === undefined && !json && (await inBrowser(file));
    print(json, { kind: page.kind, file, sha256: page.sha256, opened }, opened ? `opened ${file}` : file);
    return EXIT.ok;
  },
});

/** Whether a browser could be started. Without a desktop there is none, and the path of the file is enough. */
function inBrowser(file: string): Promise<boolean> {
  const opener = OPENERS[process.platform];
  const hasDesktop = process.platform === 'darwin' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  if (opener === undefined || !hasDesktop) return Promise.resolve(false);
  return new Promise((resolve) => {
    const browser = spawn(opener, [file], { stdio: 'ignore', detached: true });
    browser.once('error', () => resolve(false));
    browser.once('spawn', () => {
      browser.unref();
      resolve(true);
    });
  });
}
