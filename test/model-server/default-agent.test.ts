import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { systemPromptFor } from '../../src/agent/system-prompt.js';
import { artifactToolSchema } from '../../src/agent/tools/artifact-tool-schema.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import type { JsonObject, JsonValue } from '../../src/domain/text/json.js';
import { phasePrompt } from '../../src/domain/prompt/phase-prompt.js';
import type { ModelServer } from '../../src/model-server/server.js';
import { ask, onlyCall, post, PROMPT, serve, tool, type Completion, type Message } from './support/chat.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { FIRST_ROUND, NO_CHECKS } from '../support/no-checks.js';

const root = PACKAGE_ROOT;
const at = (name: string): string => path.join(root, name);
const catalog = loadCatalog({
  templates: at('templates'),
  personas: at('personas'),
  schemas: at('schemas'),
  backends: at('backends.yaml'),
});
const RESULTS: Record<string, string> = { ls: 'README.md  120\nsrc/\npackage.json  300', read_file: '# Demo' };

/** Plays an agent until the model calls no tool; gives what it called, in order. */
async function play(
  server: ModelServer,
  tools: JsonObject[],
  messages: Message[],
): Promise<{ name: string; args: Record<string, unknown> }[]> {
  const made = [];
  for (let turn = 0; turn < 10; turn++) {
    const completion = (await (
      await post(server, { model: 'm', messages: messages as JsonObject[], tools })
    ).json()) as Completion;
    const message = completion.choices[0]?.message;
    messages.push(message as Message);
    if (!message?.tool_calls) return made;
    const call = onlyCall(completion);
    made.push(call);
    messages.push({
      role: 'tool',
      tool_call_id: message.tool_calls[0]?.id,
      content: RESULTS[call.name] ?? 'Wrote it.',
    });
  }
  throw new Error('the agent never stops');
}

const reading = ['ls', 'read_file', 'write_file'].map((name) => tool(name));
const artifacts = (await readdir(at('schemas/artifacts'))).map(
  (file) => `urn:phasegate:artifact:${file.replace('.schema.json', '')}`,
);

for (const id of artifacts) {
  test(`S09: in a phase that asks for ${id}, it looks, reads, and leaves a valid artifact`, async (t) => {
    const schemas = await catalog.schemaClosure(id);
    const schema = schemas[id]!;
    const parameters = artifactToolSchema(schema, schemas)?.parameters;
    assert.ok(parameters);
    const prompt = phasePrompt({
      run: { runId: 'r', workflowId: 'w', executionRunId: 'e' },
      texts: new Map(),
      looks: null,
      requirements: '# Greet in Welsh\n\nHelo.',
      earlier: [],
      nonce: 'n0nce',
      attempt: 1,
      ...FIRST_ROUND,
      mayChangeRepository: false,
      phase: {
        key: 'a',
        index: 0,
        role: 'r',
        instructions: 'Work.',
        artifact: { path: 'artifacts/a.json', schemaId: id },
        gates: [],
        timeoutMs: 1,
        attempts: 2,
        patienceMs: 1,
        maxRevisions: 3,
        maySkip: false,
        ...NO_CHECKS,
        budget: { microUsd: null, tokens: null },
        maxModelCalls: 9,
      },
      repository: { baseBranch: 'main', branch: 'b' },
    });
    const server = await serve(t);
    const validate = compileValidator(id, schemas);
    const made = await play(
      server,
      [...reading, tool('write_artifact', parameters)],
      [
        { role: 'system', content: [{ type: 'text', text: 'You work.' }] },
        { role: 'user', content: prompt },
      ],
    );
    assert.deepEqual(
      made.map(({ name }) => name),
      ['ls', 'read_file', 'write_artifact'],
    );
    assert.deepEqual(made[1]?.args, { path: 'repo/README.md' });
    assert.deepEqual(validate(made[2]?.args as JsonValue), []);
    if ('summary' in (made[2]?.args ?? {}))
      assert.match(String(made[2]?.args.summary), /^\[scripted model, asked for: Greet in Welsh\] /);

    const artifact = { path: 'artifacts/a.json', schema, schemas };
    const system = systemPromptFor({ systemPrompt: 'You work.', artifact }, reading);
    const byFile = await play(server, reading, [
      { role: 'system', content: system },
      { role: 'user', content: prompt },
    ]);
    const { name, args } = byFile.at(-1)!;
    assert.deepEqual(
      [name, args.path],
      ['write_file', 'artifacts/a.json'],
      'without write_artifact it uses write_file at the path of the prompt',
    );
    assert.deepEqual(validate(JSON.parse(String(args.content)) as JsonValue), []);
  });
}

test('with the tools of an implementer it changes one file of the repository first', async (t) => {
  const made = await play(await serve(t), [...reading, tool('edit_file')], [{ role: 'user', content: PROMPT }]);
  assert.deepEqual(
    made.map(({ name, args }) => [name, args.path]),
    [
      ['ls', 'repo'],
      ['read_file', 'repo/README.md'],
      ['write_file', 'repo/docs/greet-in-welsh.md'],
      ['write_file', 'artifacts/note.json'],
    ],
  );
  assert.match(String(made[2]?.args.content), /# Greet in Welsh\n[^]*scripted model server[^]*repo\/README\.md/);
});

test('S12: asked to repair, it writes the artifact again at once', async (t) => {
  const messages: Message[] = [{ role: 'user', content: PROMPT }];
  const server = await serve(t);
  await play(server, reading, messages);
  messages.push({ role: 'user', content: 'Attempt 1 did not leave a valid artifact.' });
  assert.deepEqual(
    (await play(server, reading, messages)).map(({ name, args }) => [name, args.path]),
    [['write_file', 'artifacts/note.json']],
  );
});

test('an empty repository, a bare request and one without tools get an answer too', async (t) => {
  const server = await serve(t);
  const listed: Message[] = [
    { role: 'user', content: 'hello' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'ls', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c', content: '(empty)' },
  ];
  assert.equal(
    onlyCall(await ask(server, ['ls', 'read_file', 'write_file'], listed)).args.path,
    'artifacts/artifact.json',
  );
  assert.match(
    (await ask(server, [], [{ role: 'system', content: 'x' }])).choices[0]?.message.content ?? '',
    /scripted model only uses tools/,
  );
});
