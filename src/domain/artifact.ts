/** An artifact by reference: its bytes never travel through Temporal's history. */
export interface ArtifactRef {
  phaseKey: string;
  /** Relative to the run's folder, with `/`: `artifacts/design.json`. */
  path: string;
  schemaId: string;
  /** sha256 of the whole file as it is on disk, in lower-case hex. */
  sha256: string;
  bytes: number;
}

/** A commit on the run's branch with the changes of a phase. */
export interface CommitRef {
  phaseKey: string;
  sha: string;
  subject: string;
  filesChanged: number;
  insertions: number;
  deletions: number;
}

/** One thing that is wrong with an artifact. */
export interface ArtifactError {
  /** JSON pointer to the value; `""` for the whole document. */
  pointer: string;
  /** What was expected. */
  expected: string;
  /** What was found, cut to 200 characters. */
  found: string;
}
