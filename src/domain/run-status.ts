import type { ArtifactView } from './gate-view/artifact-view.js';
import type { ArtifactRef, CommitRef } from './artifact.js';
import type { Changes } from './change/changes.js';
import type { PhaseProof } from './check/phase-proof.js';
import type { PhaseState, RunRef, RunState } from './run-state.js';
import type { Limits } from './money/budget.js';
import type { Usage } from './money/usage.js';
import type { OnTimeout } from './template/template.js';

/** A gate that waits for a person. */
export interface OpenGate {
  phase: string;
  gate: string;
  requestId: string;
  /** The exact bytes that are to be approved; null at the gate `budget`, which is about money. */
  artifact: ArtifactRef | null;
  /** ISO 8601. */
  openedAt: string;
  /** ISO 8601; null when the gate has no time limit. */
  expiresAt: string | null;
  /** Who may decide; null: anybody. */
  approvers: string[] | null;
  /** How many different people must approve. */
  required: number;
  separateStarter: boolean;
  /** The people who approved so far. */
  approvedBy: string[];
  /** What people must know before they decide, beside the artifact; null for nothing. */
  note: string | null;
  /** The reviews of this pull request decide; its commit is the one to review. */
  review?: { number: number; url: string; sha: string } | 'not yet open';
  /** What people see of the artifact; null where nobody could make it. */
  view: ArtifactView | null;
  /** What happens when the time is up. */
  onTimeout: OnTimeout;
  /** Who may decide, too, when the gate is escalated. */
  escalateTo: string[];
}

export interface PhaseStatus {
  key: string;
  role: string;
  persona: string;
  /** The fallback with which its last execution ended, as `backend/model`; null where it was the persona's own model. */
  fallback: string | null;
  state: PhaseState;
  /** Attempts at the artifact so far. It is known when the phase has ended. */
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
  artifact: ArtifactRef | null;
  /** What its last execution changed in the repository: the first files, and how much in all. Null before it ended. */
  changes: Changes | null;
  /** What the engine found out about the work of its last execution. Null before it ended. */
  proof: PhaseProof | null;
  /** The pass of the phase: 1, and one more each time that it runs again because work was sent back. */
  round: number;
  /** How often its artifact sent the work back. */
  sentBack: number;
  /** How often people asked for changes at its gates, in all rounds. */
  revisions: number;
  maxRevisions: number;
  maySkip: boolean;
  usage: Usage;
}

/** A decision that was not applied, and why. */
export interface IgnoredDecision {
  name: string;
  reason: string;
  at: string;
}

/** The state of a run that has not ended. It follows from what the run waits for, so that the two never differ. */
export function openState({ waitsFor, template }: Pick<RunStatus, 'waitsFor' | 'template'>): RunState {
  if (waitsFor) return 'paused';
  return template === null ? 'created' : 'executing';
}

/** The answer to the `status` query: all that the client and people need to follow a run. */
export interface RunStatus {
  run: RunRef;
  state: RunState;
  template: string | null;
  /** The person who claims to have started the run. */
  startedBy: string | null;
  branch: string | null;
  phases: PhaseStatus[];
  openGates: OpenGate[];
  commits: CommitRef[];
  /** Work that no phase committed, and the ref of the repository that keeps it: the last few. */
  kept: { phase: string; ref: string }[];
  usage: Usage;
  budget: Limits;
  /** The last few decisions that were not applied. */
  ignored: IgnoredDecision[];
  /** How many there were. */
  ignoredTotal: number;
  failure: { code: string; message: string } | null;
  /** Why the run stands still although no gate is open: a person paused it, or a phase failed and waits for help. */
  waitsFor: { kind: 'paused' | 'parked'; phase: string | null; code: string | null; message: string } | null;
}
