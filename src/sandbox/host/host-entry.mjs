// @ts-check
// The process that runs commands begins here. This is JavaScript, so that Node can load it before anything can compile
// TypeScript.
import { existsSync } from 'node:fs';

const compiled = new URL('host.js', import.meta.url);
// this runs from the sources: a process has none of its parent's hooks
if (!existsSync(compiled)) (await import('tsx/esm/api')).register();
await import(existsSync(compiled) ? compiled.href : new URL('host.ts', import.meta.url).href);
