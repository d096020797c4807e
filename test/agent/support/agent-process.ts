// One attempt of a phase in a process of its own, to be killed: node --import tsx agent-process.ts DATABASE_URL
// MODEL_URL ROOT RUN_ID
import { runAgent } from '../../../src/agent/run-agent.js';
import { openMirror } from '../../../src/mirror/mirror.js';
import { openConfinedFolder } from '../../../src/workspace/confined/confined-folder.js';
import { benchRequest } from './agent-bench.js';

const [databaseUrl = '', baseUrl = '', root = '', runId = ''] = process.argv.slice(2);
const mirror = openMirror(databaseUrl);
const store = mirror.conversation({ runId, workflowId: 'w', executionRunId: runId }, 'run:r:phase:design');
await runAgent(benchRequest(baseUrl, openConfinedFolder(root, { mayWrite: () => null }), store));
await mirror.close();
