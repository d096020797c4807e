/** What a command sees of the git folder of its repository: enough to read the history, and nothing that may hold a secret. */
export interface GitView {
  /** The folder that all work trees share. Nothing else of it is seen. */
  commonDir: string;
  /** Absolute paths that can be read at their own place. One that is missing is left out. */
  paths: readonly string[];
  /** Files that stand in the place of others. */
  texts: readonly { at: string; text: string }[];
}
