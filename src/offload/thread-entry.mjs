// @ts-check
// Where the second thread begins. JavaScript, so that Node can load it before anything can compile TypeScript.
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';

const file = String(workerData.file);
// run from the sources: a thread has none of the hooks of the process
if (file.endsWith('.ts')) (await import('tsx/esm/api')).register();
await import(pathToFileURL(file).href);
