/** Where a contender finds what it needs. All of it is on this machine. */
export interface Place {
  /** A database of its own in the one PostgreSQL of the bench. */
  databaseUrl: string;
  temporalAddress: string;
  /** Base URL of a scripted model server: `http://127.0.0.1:PORT/v1`. */
  modelUrl: string;
  /** A folder of its own. */
  folder: string;
  /** The address of the Restate server, only for the contender `restate`. */
  restate?: { ingressUrl: string; adminUrl: string };
}
