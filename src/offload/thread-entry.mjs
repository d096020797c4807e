// @ts-check
// The second thread begins here. This is JavaScript, so that Node can load it before anything can compile TypeScript.
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';

const file = String(workerData.file);
// this runs from the sources: a thread has none of the process's hooks
if (file.endsWith('.ts')) (await import('tsx/esm/api')).register();
await import(pathToFileURL(file).href);
