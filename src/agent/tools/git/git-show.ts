import { z } from 'zod';
import { readChanges } from '../../../workspace/changes/read-changes.js';
import { entryAt, parentOf, readEntry, readMessage, readPatch } from '../../../workspace/changes/revisions.js';
import { defineTool, ToolRefusal } from '../agent-tool.js';
import { changesText } from './changes-text.js';
import { lookAtRepository, PAGE, pageOf, pathsOf, REVISION, type Look } from './look.js';

const SNIFFED_BYTES = 8_000;

/** A commit, or a file as it was in one. */
export const gitShow = defineTool({
  name: 'git_show',
  description: 'Show a commit: message, files, patch. With a path: that file or folder as it was then.',
  shape: { revision: REVISION, path: z.string().optional(), ...PAGE },
  run: ({ revision: name, path, ...page }, context) =>
    lookAtRepository(context, async (look) => {
      const commit = await look.revision(name);
      const [wanted] = pathsOf(path);
      if (wanted !== undefined) return fileAt(look, commit, wanted, page);
      const { place, signal } = look;
      const parent = await parentOf(place, commit, signal);
      const patch = await pageOf(await readPatch(place, parent, commit, [], signal), page);
      if (page.offset) return patch;
      const message = await pageOf(await readMessage(place, commit, signal), { limit: 100 });
      return `${message}\n\n${changesText(await readChanges(place, parent, commit, signal))}\n\n${patch}`;
    }),
});

async function fileAt(
  { place, signal }: Look,
  commit: string,
  path: string,
  page: { offset?: number; limit?: number },
): Promise<string> {
  const entry = await entryAt(place, commit, path, signal);
  if (!entry) throw new ToolRefusal(`there is no ${JSON.stringify(path)} at ${commit.slice(0, 12)}`);
  if (entry.type === 'commit') return `a submodule at commit ${entry.id}`;
  const result = await readEntry(place, entry, signal);
  if (entry.mode === '120000') return `a symbolic link to ${JSON.stringify(result.text.slice(0, 4_096))}`;
  if (entry.type === 'blob' && result.stdout.subarray(0, SNIFFED_BYTES).includes(0))
    return `a binary file${result.cut ? '' : ` of ${result.stdout.length} bytes`}`;
  return result.stdout.length === 0 ? '(empty)' : pageOf(result, page);
}
