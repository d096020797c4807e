import type { BindingFacts } from '../record/report-facts.js';
import type { Headline } from '../render/blocks.js';
import type { GateRequest, StoryFacts } from './story-facts.js';
import type { Segment, Times } from './time-line.js';
import type { ToldDecision } from './told-decisions.js';

/** An artifact in a report: what it says. The file itself has all of it. */
export interface ToldDocument {
  phaseKey: string;
  round: number;
  path: string;
  sha256: string;
  headline: Headline;
  /** See `renderArtifact`; empty where the file is larger than is shown. */
  markdown: string;
  /** It says more than is shown. */
  cut: boolean;
  /** No later round of the phase has left another. */
  isNewest: boolean;
}

/** What a phase took. */
export interface PhaseCosts extends Times {
  key: string;
  gates: string[];
  model: string | null;
  calls: number;
  /** Dollars of the calls whose price is known. */
  costUsd: number;
  unpricedCalls: number;
}

/** What people judge a run by, beside its facts: the part of a report that tells it. */
export interface ReportStory {
  /** What was asked, and by whom, as they claim. Long requirements are cut. */
  requirements: string | null;
  startedBy: string | null;
  /** Of the whole run. */
  times: Times;
  timeLine: Segment[];
  phases: PhaseCosts[];
  documents: ToldDocument[];
  decisions: ToldDecision[];
  /** The gates that wait for a decision. */
  openGates: GateRequest[];
  outputs: StoryFacts['outputs'];
  personas: BindingFacts[];
  /** Files that the repository protects and that the run has changed. */
  protectedFiles: string[];
  /** Changed files whose paths no artifact names. */
  unnamedFiles: string[];
}
