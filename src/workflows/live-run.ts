import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { Plan } from '../domain/plan.js';
import type { ArtifactView } from '../domain/gate-view/artifact-view.js';
import type { ArtifactRef } from '../domain/artifact.js';
import type { Skip } from '../domain/phase-contract.js';
import type { GateSituation } from '../domain/gate-decisions.js';
import { openState, type OpenGate, type PhaseStatus, type RunStatus } from '../domain/run-status.js';
import type { TargetPhase } from '../domain/rounds/send-back-target.js';
import type { Matched } from '../domain/rounds/when.js';
import { isTerminal, type RunState } from '../domain/run-state.js';
import { knownUsd } from '../domain/money/show.js';
import { noUsage, sumUsage, type Usage } from '../domain/money/usage.js';
import { renderDetails } from './details/current-details.js';
import { onceAnActivation } from './once-an-activation.js';
import { Rounds } from './rounds.js';

const MAX_IGNORED_SHOWN = 10;
const MAX_KEPT_SHOWN = 10;

/** What a phase shows before it begins, in each round. */
const NOT_BEGUN = {
  state: 'pending',
  attempts: 0,
  startedAt: null,
  endedAt: null,
  artifact: null,
  changes: null,
  proof: null,
  fallback: null,
} as const;

const KEYS = {
  RunState: defineSearchAttributeKey('RunState', 'KEYWORD'),
  RunPhase: defineSearchAttributeKey('RunPhase', 'KEYWORD'),
  RunTemplate: defineSearchAttributeKey('RunTemplate', 'KEYWORD'),
  RunGate: defineSearchAttributeKey('RunGate', 'KEYWORD_LIST'),
  RunCostUsd: defineSearchAttributeKey('RunCostUsd', 'DOUBLE'),
};

/** The run as this execution knows it: the query gives it, and Temporal Web shows it. */
export class LiveRun {
  readonly status: RunStatus;
  readonly rounds = new Rounds();
  /** Reviews of the run's pull request that were read: each counts at one gate at most. */
  readonly reviewsRead = new Set<string>();
  /** The last phase that a person skipped; null for none. */
  lastSkip: Skip | null = null;
  /** Gates that are decided already, as `phase/gate`. */
  readonly #decided = new Set<string>();
  readonly #personas = new Set<string>();
  /** Digests of artifacts that were replaced by newer ones. */
  readonly #oldDigests = new Set<string>();
  #plan: Plan | null = null;
  #targets: TargetPhase[] = [];
  #published = '';
  #schedulings = 0;
  #ignored: { name: string; at: string; reason: () => string }[] = [];

  constructor() {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    this.status = {
      run: { runId: firstExecutionRunId, workflowId, executionRunId: runId },
      state: 'created',
      template: null,
      startedBy: null,
      branch: null,
      phases: [],
      openGates: [],
      commits: [],
      kept: [],
      usage: noUsage(),
      budget: { microUsd: null, tokens: null },
      ignored: [],
      ignoredTotal: 0,
      failure: null,
      waitsFor: null,
    };
  }

  /** What the run does; null until it is planned. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /** Takes over what `planRun` has settled. */
  adopt(plan: Plan): void {
    const personaOf = new Map(plan.bindings.map(({ role, persona }) => [role, persona.name]));
    for (const name of personaOf.values()) this.#personas.add(name);
    this.#plan = plan;
    this.#targets = plan.phases.map(({ key, artifact }) => ({ key, hasArtifact: artifact !== null }));
    Object.assign(this.status, {
      template: `${plan.template.name}@${plan.template.version}`,
      startedBy: plan.startedBy,
      branch: plan.repository.branch,
      budget: plan.budget,
      phases: plan.phases.map(({ key, role, maxRevisions, maySkip }): PhaseStatus => ({
        key,
        role,
        persona: personaOf.get(role) ?? '',
        ...NOT_BEGUN,
        round: 1,
        sentBack: 0,
        revisions: 0,
        maxRevisions,
        maySkip,
        usage: noUsage(),
      })),
    });
    this.waitFor(this.status.waitsFor);
  }

  /** The facts by which a decision is judged. Whether the run has ended is not among them. */
  gateSituation(): Omit<GateSituation, 'ended'> {
    const { openGates, phases } = this.status;
    const waiting = phases.find(({ state }) => state === 'awaiting_approval');
    return {
      openGates,
      decided: this.#decided,
      oldDigests: this.#oldDigests,
      personas: this.#personas,
      startedBy: this.#plan?.startedBy ?? null,
      phases: this.#targets,
      revisionsLeft: waiting ? waiting.maxRevisions - waiting.revisions : 0,
    };
  }

  /** What the run waits for; null for nothing. Its state says the same. */
  waitFor(what: RunStatus['waitsFor']): void {
    if (isTerminal(this.status.state)) return;
    this.status.waitsFor = what;
    this.status.state = openState(this.status);
  }

  /** The run has ended, and waits for nothing. */
  end(state: RunState): void {
    Object.assign(this.status, { state, openGates: [], waitsFor: null });
  }

  /** Gives the phase with this index in the plan. */
  phase(index: number): PhaseStatus {
    const phase = this.status.phases[index];
    if (!phase) throw new RangeError(`the plan has no phase ${index}`);
    return phase;
  }

  /** Numbers the executions of phases in the order in which they are handed to Temporal. */
  nextScheduling(): number {
    return ++this.#schedulings;
  }

  /** Changes a phase's state, with the time. */
  move(phase: PhaseStatus, state: PhaseStatus['state']): void {
    const now = new Date().toISOString();
    phase.state = state;
    if (state === 'running') phase.startedAt ??= now;
    phase.endedAt = state === 'completed' || state === 'failed' || state === 'skipped' ? now : null;
  }

  openGate(gate: OpenGate): void {
    this.status.openGates.push(gate);
    // opened anew for a revision
    this.#decided.delete(`${gate.phase}/${gate.gate}`);
    this.rounds.forgetApprovals(gate);
  }

  closeGate(gate: OpenGate): void {
    this.status.openGates = this.status.openGates.filter(({ requestId }) => requestId !== gate.requestId);
    this.#decided.add(`${gate.phase}/${gate.gate}`);
  }

  /** The open gates need no decision any more. */
  dropGates(): void {
    this.status.openGates = [];
  }

  /** These phases run again: nothing of what they did in this round counts any more. */
  beginRound(phases: readonly PhaseStatus[]): void {
    for (const phase of phases) {
      if (phase.artifact) this.#oldDigests.add(phase.artifact.sha256);
      for (const name of this.#decided) if (name.startsWith(`${phase.key}/`)) this.#decided.delete(name);
      Object.assign(phase, NOT_BEGUN, { round: phase.round + 1 });
    }
  }

  /** From now on this is the artifact of the phase; a decision on the one before is stale. */
  replaceArtifact(phaseKey: string, artifact: ArtifactRef, matched: Matched, view: ArtifactView | null = null): void {
    this.rounds.noteMatched(phaseKey, matched);
    for (const phase of this.status.phases) {
      if (phase.key !== phaseKey) continue;
      if (phase.artifact && phase.artifact.sha256 !== artifact.sha256) this.#oldDigests.add(phase.artifact.sha256);
      phase.artifact = artifact;
    }
    this.#oldDigests.delete(artifact.sha256);
    for (const gate of this.status.openGates)
      if (gate.phase === phaseKey && gate.artifact) Object.assign(gate, { artifact, view });
  }

  /** The approved artifacts of the phases before this one. */
  artifactsBefore(index: number): ArtifactRef[] {
    return this.status.phases
      .slice(0, index)
      .flatMap(({ state, artifact }) => (state === 'completed' && artifact ? [artifact] : []));
  }

  /** Work of a phase that failed is kept under this ref. */
  noteKept(phase: PhaseStatus, ref: string): void {
    const others = this.status.kept.filter((kept) => kept.ref !== ref);
    this.status.kept = [...others, { phase: phase.key, ref }].slice(-MAX_KEPT_SHOWN);
  }

  addUsage(phase: PhaseStatus, usage: Usage): void {
    phase.usage = sumUsage([phase.usage, usage]);
    this.status.usage = sumUsage([this.status.usage, usage]);
  }

  /**
   * Takes over the usage that the ledger has at the end. A phase that was stopped gave back no usage, and a heartbeat
   * may have been older than the last reply. It takes nothing over where the ledger lacks calls that the run knows of.
   */
  adoptUsage(usage: Usage): void {
    if (usage.calls < this.status.usage.calls) return;
    this.status.usage = usage;
    this.publish();
  }

  /**
   * A message had no effect.
   *
   * @param reason - a function that is called when the reason is shown
   * @param total - how many there were in the run, with this one
   */
  noteIgnored(name: string, reason: () => string, total: number): void {
    this.#ignored.push({ name, reason, at: new Date().toISOString() });
    if (this.#ignored.length > MAX_IGNORED_SHOWN) this.#ignored.shift();
    this.status.ignoredTotal = total;
    this.publish();
  }

  /**
   * Shows the run as it is at the end of the activation: the search attributes that changed (one event for all), and
   * the details.
   */
  readonly publish = onceAnActivation(() => {
    this.status.ignored = this.#ignored.map(({ name, reason, at }) => ({ name, reason: reason(), at }));
    const wanted = this.#searchAttributes();
    const text = JSON.stringify(wanted.map(({ value }) => value));
    if (text !== this.#published) upsertSearchAttributes(wanted);
    this.#published = text;
    setCurrentDetails(renderDetails(this.status));
  });

  #searchAttributes(): SearchAttributePair[] {
    const { state, template, phases, openGates, usage } = this.status;
    const current = phases.find((phase) => !['completed', 'pending', 'skipped'].includes(phase.state));
    const gates = openGates.map(({ phase, gate }) => `${phase}/${gate}`);
    return [
      { key: KEYS.RunState, value: state },
      { key: KEYS.RunPhase, value: current?.key ?? null },
      { key: KEYS.RunTemplate, value: template?.split('@')[0] ?? null },
      { key: KEYS.RunGate, value: gates.length > 0 ? gates : null },
      { key: KEYS.RunCostUsd, value: knownUsd(usage) },
    ] as SearchAttributePair[];
  }
}
