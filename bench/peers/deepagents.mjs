// One task for deepagents, with its default tools and settings.
// Usage: node deepagents.mjs BASE_URL SYSTEM_PROMPT PROMPT. The server counts; this process only asks.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatOpenAI } from '@langchain/openai';
import { createDeepAgent, FilesystemBackend } from 'deepagents';

const [baseURL, systemPrompt, prompt] = process.argv.slice(2);
const rootDir = mkdtempSync(join(tmpdir(), 'phasegate-bench-'));
try {
  mkdirSync(join(rootDir, 'repo'));
  writeFileSync(join(rootDir, 'repo/a.txt'), 'one\ntwo\n');
  const agent = createDeepAgent({
    model: new ChatOpenAI({ model: 'm', apiKey: 'not a secret', maxRetries: 0, configuration: { baseURL } }),
    systemPrompt,
    backend: new FilesystemBackend({ rootDir, virtualMode: true }),
  });
  await agent.invoke({ messages: [{ role: 'user', content: prompt }] });
} finally {
  rmSync(rootDir, { recursive: true, force: true });
}
