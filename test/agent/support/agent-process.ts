// One attempt of a phase in a process of its own, to be killed: node --import tsx agent-process.ts DATABASE_URL MODEL_URL ROOT
import pg from 'pg';
import { openCheckpointer } from '../../../src/agent/checkpointer.js';
import { conversations } from './checkpoint-database.js';
import { runAgent } from '../../../src/agent/run-agent.js';
import { openConfinedFolder } from '../../../src/workspace/confined-folder.js';
import { benchRequest } from './agent-bench.js';

const [databaseUrl = '', baseUrl = '', root = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });
const checkpointer = await openCheckpointer(conversations(pool));
await runAgent({ ...benchRequest(baseUrl, openConfinedFolder(root, { mayWrite: () => null })), checkpointer });
