/** A row of one of LangGraph's tables: its values in the order of the columns. */
export type Row = readonly unknown[];

/** What is to be written, by table and by what happens to a row that is there already. */
export interface CheckpointRows {
  /** thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata; the last two are replaced. */
  checkpoints: Row[];
  /** thread_id, checkpoint_ns, channel, version, type, blob; what is there stays. */
  blobs: Row[];
  /** thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob; what is there stays. */
  added: Row[];
  /** Rows of the same table as `added`, which replace what is there. */
  replaced: Row[];
}

/**
 * Rows that leave the same when they are written at once as the given ones, written one after the other: no statement may
 * touch a row twice.
 */
export function joinRows(parts: readonly Partial<CheckpointRows>[]): CheckpointRows {
  const checkpoints = new Map<string, Row>();
  const added = new Map<string, Row>();
  const replaced = new Map<string, Row>();
  for (const part of parts) {
    for (const row of part.checkpoints ?? []) {
      const key = keyOf(row, 3);
      // the parent stays the one that was written first
      checkpoints.set(key, [...(checkpoints.get(key) ?? row).slice(0, 4), ...row.slice(4)]);
    }
    for (const row of part.added ?? []) {
      const key = keyOf(row, 5);
      if (!added.has(key) && !replaced.has(key)) added.set(key, row);
    }
    for (const row of part.replaced ?? []) {
      const key = keyOf(row, 5);
      added.delete(key);
      replaced.set(key, row);
    }
  }
  return { checkpoints: [...checkpoints.values()], blobs: parts.flatMap(({ blobs = [] }) => blobs), added: [...added.values()], replaced: [...replaced.values()] };
}

/** The columns of rows, each as an array: so a statement's text is the same for any number of rows. */
export function columnsOf(rows: readonly Row[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, n) => rows.map((row) => row[n]));
}

/** The primary key: a row's first columns. */
function keyOf(row: Row, columns: number): string {
  return JSON.stringify(row.slice(0, columns));
}
