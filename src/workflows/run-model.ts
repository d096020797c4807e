import {
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { Plan } from '../domain/plan.js';
import type { PhaseStatus, RunStatus } from '../domain/run-status.js';
import { noUsage, toUsd } from '../domain/usage.js';
import { renderDetails } from './current-details.js';

const KEYS = {
  RunState: defineSearchAttributeKey('RunState', 'KEYWORD'),
  RunPhase: defineSearchAttributeKey('RunPhase', 'KEYWORD'),
  RunTemplate: defineSearchAttributeKey('RunTemplate', 'KEYWORD'),
  RunGate: defineSearchAttributeKey('RunGate', 'KEYWORD_LIST'),
  RunCostUsd: defineSearchAttributeKey('RunCostUsd', 'DOUBLE'),
};

/** The run as this execution knows it: what the query gives, and what Temporal Web shows. */
export class RunModel {
  readonly status: RunStatus;
  /** Gates already decided, as `phase/gate`. */
  readonly decided = new Set<string>();
  readonly personas = new Set<string>();
  #published = '';

  constructor() {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    this.status = {
      run: { runId: firstExecutionRunId, workflowId, executionRunId: runId },
      state: 'created',
      template: null,
      branch: null,
      phases: [],
      openGates: [],
      commits: [],
      usage: noUsage(),
      budgetMicroUsd: null,
      ignored: [],
      failure: null,
    };
  }

  /** Takes over what `planRun` settled. */
  adopt(plan: Plan): void {
    const personaOf = new Map(plan.bindings.map(({ role, persona }) => [role, persona.name]));
    for (const name of personaOf.values()) this.personas.add(name);
    Object.assign(this.status, {
      state: 'executing',
      template: `${plan.template.name}@${plan.template.version}`,
      branch: plan.repository.branch,
      budgetMicroUsd: plan.budgetMicroUsd,
      phases: plan.phases.map(({ key, role }): PhaseStatus => ({
        key,
        role,
        persona: personaOf.get(role) ?? '',
        state: 'pending',
        attempts: 0,
        startedAt: null,
        endedAt: null,
        artifact: null,
      })),
    });
  }

  /** The phase with this index in the plan. */
  phase(index: number): PhaseStatus {
    const phase = this.status.phases[index];
    if (!phase) throw new RangeError(`the plan has no phase ${index}`);
    return phase;
  }

  /** Changes a phase's state, with the time. */
  move(phase: PhaseStatus, state: PhaseStatus['state']): void {
    const now = new Date().toISOString();
    phase.state = state;
    if (state === 'running') phase.startedAt = now;
    if (state === 'completed' || state === 'failed') phase.endedAt = now;
  }

  /** Shows the run as it is now: search attributes where they changed (one event for all of them), and the details. */
  publish(): void {
    const wanted = this.#searchAttributes();
    const text = JSON.stringify(wanted.map(({ value }) => value));
    if (text !== this.#published) upsertSearchAttributes(wanted);
    this.#published = text;
    this.showDetails();
  }

  /** Shows the details alone, which costs no event. */
  showDetails(): void {
    setCurrentDetails(renderDetails(this.status));
  }

  #searchAttributes(): SearchAttributePair[] {
    const { state, template, phases, openGates, usage } = this.status;
    const current = phases.find((phase) => phase.state !== 'completed' && phase.state !== 'pending');
    const gates = openGates.map(({ phase, gate }) => `${phase}/${gate}`);
    return [
      { key: KEYS.RunState, value: state },
      { key: KEYS.RunPhase, value: current?.key ?? null },
      { key: KEYS.RunTemplate, value: template?.split('@')[0] ?? null },
      { key: KEYS.RunGate, value: gates.length > 0 ? gates : null },
      { key: KEYS.RunCostUsd, value: toUsd(usage.costMicroUsd) },
    ] as SearchAttributePair[];
  }
}
