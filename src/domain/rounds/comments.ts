import type { DecisionAction } from '../gate-decisions.js';

/** What a person said with a decision. */
export interface DecisionComment {
  phase: string;
  gate: string;
  action: DecisionAction;
  /** The name that the person gave. Nobody proved it. */
  by: string | null;
  comment: string;
}

/** Most comments that later phases are told. Each of their tasks in history has them. */
const MAX_COMMENTS = 20;
/** Most characters of all of them. One comment has at most 10,000. */
const MAX_CHARACTERS = 20_000;

/** The comments that later phases are told: the newest, as many as there is room for. */
export interface KeptComments {
  comments: readonly DecisionComment[];
  /** How many older ones are left out. */
  leftOut: number;
}

export const NO_COMMENTS: KeptComments = { comments: [], leftOut: 0 };

/** Adds a comment. A comment without any words is not kept. */
export function keepComment(kept: KeptComments, comment: DecisionComment): KeptComments {
  if (comment.comment.trim() === '') return kept;
  const all = [...kept.comments, comment];
  let room = MAX_CHARACTERS;
  const tooMany = all.findLastIndex(({ comment: text }, index) => {
    room -= text.length;
    return all.length - index > MAX_COMMENTS || room < 0;
  });
  return { comments: all.slice(tooMany + 1), leftOut: kept.leftOut + tooMany + 1 };
}
