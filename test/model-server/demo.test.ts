import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import { DEMO_REQUIREMENTS, makeDemoRepository } from '../../src/local/demo-repository.js';
import type { ChatMessage, ChatRequest } from '../../src/model-server/chat-request.js';
import { nextMove } from '../../src/model-server/default-agent.js';
import { DEMO_ARTIFACTS } from '../../src/model-server/demo/demo-artifacts.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const CHECKS = 'Checks that run when you leave the artifact; their exit codes decide:\n- test: node --test\n';
const prompt = (checks: string): string =>
  `Artifact to leave: artifacts/implementation.json\n${checks}REQUIREMENTS BEGIN 1\n${DEMO_REQUIREMENTS}REQUIREMENTS END 1`;

/** Plays the agent of the implementation on a real repository; it answers as the file tools do. */
class Play {
  readonly messages: ChatMessage[] = [];
  readonly folder: string;

  constructor(
    t: TestContext,
    private readonly tools: string[],
  ) {
    const repository = makeDemoRepository();
    t.after(() => rmSync(path.dirname(repository), { recursive: true }));
    this.folder = repository;
  }

  /** Says something and gives the calls until the artifact is written. */
  ask(text: string): string[] {
    this.messages.push({ role: 'user', text, toolCalls: [] });
    const made: string[] = [];
    for (let turn = 0; turn < 12; turn++) {
      const request = { messages: this.messages, tools: new Map(this.tools.map((name) => [name, {}])) };
      const [call] = nextMove(request as unknown as ChatRequest).toolCalls;
      assert.ok(call, 'the agent calls a tool until the artifact is written');
      const args = call.args as Record<string, string>;
      this.messages.push({ role: 'assistant', text: '', toolCalls: [call] } as unknown as ChatMessage);
      this.messages.push({ role: 'tool', text: this.#run(call.name, args), toolCalls: [] });
      made.push(`${call.name} ${args.path ?? args.command}`);
      if (args.path === 'artifacts/implementation.json') return made;
    }
    return assert.fail(`the agent never stops: ${made.join(', ')}`);
  }

  #run(name: string, { path: file = '', content = '', oldText = '', newText = '' }: Record<string, string>): string {
    const at = path.join(this.folder, path.relative('repo', file));
    if (name === 'ls') return 'README.md 100';
    if (name === 'write_file' && file.startsWith('repo/')) writeFileSync(at, content);
    if (name !== 'edit_file') return 'done';
    const text = readFileSync(at, 'utf8');
    assert.equal(text.split(oldText).length, 2, `${file} has the text once: ${oldText}`);
    writeFileSync(at, text.replace(oldText, newText));
    return 'done';
  }

  /** The exit code of the repository's own tests. */
  tests(): number | null {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return spawnSync(process.execPath, ['--test'], { cwd: this.folder, env }).status;
  }
}

test('the demo: the first version of the change is red, and the mended one is green', (t) => {
  const play = new Play(t, ['ls', 'read_file', 'write_file', 'edit_file', 'run_command']);
  play.ask(prompt(CHECKS));
  assert.equal(play.tests(), 1);
  assert.deepEqual(play.ask('The check test is red.'), [
    'edit_file repo/src/cli.js',
    'run_command node --test',
    'write_file artifacts/implementation.json',
  ]);
  assert.equal(play.tests(), 0);
});

test('the demo where no checks run: its first version is green', (t) => {
  const play = new Play(t, ['ls', 'read_file', 'write_file', 'edit_file']);
  play.ask(prompt(''));
  assert.equal(play.tests(), 0);
});

test('the artifacts of the demo satisfy the schemas of template feature', async () => {
  const at = (name: string): string => path.join(PACKAGE_ROOT, name);
  const catalog = loadCatalog({
    templates: at('templates'),
    personas: at('personas'),
    schemas: at('schemas'),
    backends: at('backends.yaml'),
  });
  const { phases } = await catalog.template('feature');
  for (const { artifact } of phases) {
    assert.ok(artifact);
    const validate = compileValidator(artifact.schema, await catalog.schemaClosure(artifact.schema));
    assert.deepEqual(validate(DEMO_ARTIFACTS[artifact.path] ?? null), [], artifact.path);
  }
});
