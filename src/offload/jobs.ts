/**
 * The jobs of the second thread. Each is loaded at its first use. Arguments and results are copied from thread to
 * thread, so they are plain data. Expected errors are results, and not exceptions.
 */
export const JOBS = {
  readSource: async () => (await import('./read-source.js')).readSource,
  placeIssues: async () => (await import('./read-source.js')).placeIssues,
  examineSchemas: async () => (await import('./examine-schemas.js')).examineSchemas,
  readReply: async () => (await import('./read-reply.js')).readReply,
  judgeBytes: async () => (await import('./judge-bytes.js')).judgeBytes,
  searchTexts: async () => (await import('./search-texts.js')).searchTexts,
  artifactCheck: async () => (await import('./artifact-check.js')).artifactCheck,
  matchPaths: async () => (await import('./match-paths.js')).matchPaths,
  idlePatterns: async () => (await import('./match-patterns.js')).idlePatterns,
  matchPatterns: async () => (await import('./match-patterns.js')).matchPatterns,
  layOutJson: async () => (await import('./lay-out-json.js')).layOutJson,
  pageLines: async () => (await import('./lines/page-lines.js')).pageLines,
  readPage: async () => (await import('./lines/read-page.js')).readPage,
  tellRun: async () => (await import('../pages/tell-run.js')).tellRun,
  withoutEcho: async () => (await import('./without-echo.js')).withoutEcho,
  editText: async () => (await import('./lines/edit-text.js')).editText,
};

export type JobName = keyof typeof JOBS;

/** The function behind a name. */
export type Job<N extends JobName> = Awaited<ReturnType<(typeof JOBS)[N]>>;

export interface JobRequest {
  id: number;
  name: JobName;
  args: unknown[];
}

/** `begun` comes first, when everything is loaded that the job needs. */
export type JobReply = { id: number } & ({ begun: true } | { result: unknown } | { error: string });
