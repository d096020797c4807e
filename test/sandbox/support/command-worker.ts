// A process that runs a command in a sandbox, as a worker does, for tests that kill it: SCRATCH BWRAP FOLDER ACCESS RUN
import { readConfig } from '../../../src/config.js';
import { SANDBOX_SETTINGS } from '../../../src/sandbox/common-setup.js';
import { openSandbox } from '../../../src/sandbox/open-sandbox.js';

const [root = '', bwrap = '', folder = '', access = 'write', run = ''] = process.argv.slice(2);
const settings = { PHASEGATE_WORKSPACE_ROOT: root, ...(bwrap && { PHASEGATE_BWRAP: bwrap }) };
const sandbox = await openSandbox(readConfig(settings, SANDBOX_SETTINGS), process.env);
const result = await sandbox?.run({
  run,
  folder,
  access: access === 'write' ? 'write' : 'throw_away',
  git: null,
  network: ['registry.example'],
  env: {},
  secrets: [],
  timeoutMs: 600_000,
  signal: new AbortController().signal,
});
console.log(result?.end);
