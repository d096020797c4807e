import module from 'node:module';

// Node 22 keeps what it has compiled, and starts faster the next time
(module as { enableCompileCache?(): void }).enableCompileCache?.();
// LangChain's tracing would send every prompt to a third party
for (const name of Object.keys(process.env)) if (/^(LANGSMITH|LANGCHAIN)_/.test(name)) delete process.env[name];

const { runWorker } = await import('./worker/run-worker.js');
process.exit(await runWorker());
