import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fairShares, MAX_RESULT_BYTES, shareRoom } from '../../src/agent/tools/share-room.js';
import { agentBench } from './support/agent-bench.js';
import { callTool, callTools } from './support/http-stub.js';

test('15 parallel reads share 64 kB, and each can be read on', async (t) => {
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n + 1} ${'x'.repeat(90)}`).join('\n');
  const reads = Array.from({ length: 15 }, (_, n) => ({ name: 'read_file', args: { path: `repo/f${n}` } }));
  const bench = await agentBench(t, callTools(reads), callTool('write_artifact', { title: 'x' }));
  await mkdir(join(bench.root, 'repo'));
  for (let n = 0; n < 15; n++) await writeFile(join(bench.root, `repo/f${n}`), n === 0 ? 'short' : lines);
  const files = new Map<string, string>();
  const keepResult = async (text: string): Promise<string> => {
    const path = `checks/result-${files.size}.txt`;
    files.set(path, text);
    return path;
  };
  await bench.run({ keepResult });
  const answers = bench.kept.messages
    .filter(({ role }) => role === 'tool')
    .map(({ message }) => message.content as string);
  const results = answers.slice(0, 15);
  const bytes = results.map((text) => Buffer.byteLength(text));
  assert.ok(bytes.reduce((sum, size) => sum + size, 0) <= MAX_RESULT_BYTES);
  assert.match(results[0] ?? '', /short/);
  for (const text of results.slice(1)) {
    assert.ok(text.length > 4_000, `only ${text.length} characters of a fair share`);
    const [, shown, path = '', next] =
      /\[cut: the first (\d+) of \d+ bytes are shown; all of it is in (\S+): read on with read_file, from line (\d+)/.exec(
        text,
      ) ?? [];
    const whole = files.get(path) ?? '';
    assert.equal(whole.slice(0, Number(shown)), text.slice(0, Number(shown)));
    assert.equal(whole.slice(0, Number(shown)).split('\n').length, Number(next) - 1);
  }
});

test('any answers fit the room together, are well-formed, and short ones stay whole', async () => {
  const text = fc
    .tuple(fc.constantFrom('a', 'é', '語', '🌳', '\uD800', 'word\n'), fc.integer({ min: 0, max: 4_000 }))
    .map(([unit, count]) => unit.repeat(count));
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 32 }),
      fc.integer({ min: 16_384, max: 65_536 }),
      async (texts, room) => {
        const fitted = await shareRoom(texts, room, async () => 'checks/result-0123456789ab.txt');
        const size = fitted.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
        assert.ok(size <= room, `${size} > ${room}`);
        const share = Math.floor(room / Math.max(1, texts.length));
        for (const [n, given] of texts.entries()) {
          const whole = Buffer.from(given).toString();
          if (Buffer.byteLength(given) <= share) assert.equal(fitted[n], whole);
          if (!given.includes('\uD800')) assert.ok(!fitted[n]?.includes('\uFFFD'));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('shares: nobody gets more than it needs, and all of the room is given away when it is wanted', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 40 }), fc.nat(200_000), (sizes, room) => {
      const shares = fairShares(sizes, room);
      const given = shares.reduce((sum, share) => sum + share, 0);
      const wanted = sizes.reduce((sum, size) => sum + size, 0);
      return (
        shares.every((share, n) => share <= (sizes[n] ?? 0)) &&
        given <= room &&
        (wanted < room || given > room - sizes.length)
      );
    }),
  );
});
