import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { DecisionAction } from '../domain/gate-decisions.js';
import type { RunStatus } from '../domain/run-status.js';

const PAYLOAD = 'Optional payload: {"phase", "gate", "by", "comment", "artifactSha256"}, all strings.';

/** The signals that decide gates, with the text that Temporal's menus show. */
export const decisionSignals: Record<DecisionAction, { signal: ReturnType<typeof defineSignal<[unknown]>>; description: string }> = {
  approve: { signal: defineSignal<[unknown]>('approve'), description: `Approve the open gate. ${PAYLOAD}` },
  reject: { signal: defineSignal<[unknown]>('reject'), description: `Reject the open gate: the run fails. ${PAYLOAD}` },
  abort: {
    signal: defineSignal<[unknown]>('abort'),
    description: `Abort the run, at any time; with a phase or gate named, only while that gate is open. ${PAYLOAD}`,
  },
};

export const statusQuery = defineQuery<RunStatus>('status');
export const STATUS_DESCRIPTION = 'Where the run stands: phases, open gates, artifacts, tokens, cost';
