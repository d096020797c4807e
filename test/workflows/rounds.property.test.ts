import { signal, type ActivatedRun, type Job } from './support/activated-run.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PhaseTask } from '../../src/domain/phase-contract.js';
import type { Plan, PlannedPhase } from '../../src/domain/plan.js';
import { gate, outcome, plan } from './support/plans.js';
import { atWork } from './support/runs.js';

/** What the agent or a person does next, as far as it is possible then. */
const STEP = fc.record({
  red: fc.boolean(),
  decision: fc.constantFrom('approve', 'approve an old one', 'changes', 'back', 'edit to red', 'pause and resume'),
  to: fc.nat(4),
});
const PLAN = fc
  .array(fc.record({ gates: fc.nat(2), back: fc.option(fc.nat(4)), max: fc.integer({ min: 1, max: 2 }) }), {
    minLength: 2,
    maxLength: 4,
  })
  .map((phases): Plan => plan(phases.map(plannedPhase)));

function plannedPhase(
  { gates, back, max }: { gates: number; back: number | null; max: number },
  index: number,
): Partial<PlannedPhase> {
  const to = back === null || index === 0 ? null : `phase-${(back % index) + 1}`;
  return {
    gates: Array.from({ length: gates }, (_, n) => gate(`g${n}`)),
    maxRevisions: 2,
    sendBack: to === null ? null : { to, when: { verdict: 'no' }, max, onMax: gates > 0 ? 'gate' : 'fail' },
  };
}

const isAtWork = (run: ActivatedRun): PhaseTask | null =>
  (run.pending.find(({ type }) => type === 'executePhase')?.args[0] as PhaseTask | undefined) ?? null;

test('property: whatever agents and people do, each round runs its phases in order, and no approval of an old round counts', async () => {
  let rounds = 0;
  await fc.assert(
    fc.asyncProperty(PLAN, fc.array(STEP, { maxLength: 25 }), async (planned, steps) => {
      const run = await atWork(planned);
      let made = 0;
      const digests: [phase: string, sha256: string][] = [];
      const sha = (): string => (++made).toString(16).padStart(64, '0');
      for (const { red, decision, to } of steps) {
        if (run.closed) break;
        const task = isAtWork(run);
        if (task) {
          checkTask(run, planned, task);
          const { key } = task.phase;
          const left = outcome(key, { matched: { sendBack: red && task.phase.sendBack !== null, failWhen: false } });
          const sha256 = sha();
          await run.tell(run.completed('executePhase', { ...left, artifact: { ...left.artifact, sha256 } }));
          digests.push([key, sha256]);
          continue;
        }
        const [open] = run.status.openGates;
        assert.ok(open?.artifact, 'a run that is open and has no phase at work waits at a gate');
        const named = { phase: open.phase, gate: open.gate, by: 'ann' };
        const old = digests.find(([key, digest]) => key === open.phase && digest !== open.artifact?.sha256)?.[1];
        const before = run.status;
        const jobs: Record<typeof decision, Job[]> = {
          approve: [signal('approve', named)],
          'approve an old one': [signal('approve', { ...named, artifactSha256: old ?? 'x' })],
          changes: [signal('requestChanges', { ...named, comment: 'c' })],
          back: [signal('requestChanges', { ...named, comment: 'c', to: `phase-${to}` })],
          'edit to red': [signal('approve', { ...named, artifactSha256: 'f'.repeat(64) })],
          'pause and resume': [signal('pause'), signal('resume')],
        };
        await run.tell(...jobs[decision]);
        if (run.pendingTypes.includes('checkEditedArtifact')) {
          const matched = { sendBack: true, failWhen: false };
          const artifact = { ...open.artifact, sha256: sha() };
          await run.tell(run.completed('checkEditedArtifact', { kind: 'valid', artifact, matched }));
        }
        if (decision === 'approve an old one')
          assert.deepEqual(run.status.openGates, before.openGates, 'an approval of old bytes changes nothing');
      }
      checkEvents(run);
      rounds += run.eventTypes.filter((type) => type === 'sent_back').length;
    }),
    { numRuns: 150 },
  );
  assert.ok(rounds > 20, `${rounds} rounds were begun`);
});

/** A phase runs only when all before it are done in their present round, and it reads just what those left. */
function checkTask(run: ActivatedRun, planned: Plan, { phase, round, sentBack, earlier, copies }: PhaseTask): void {
  const { phases } = run.status;
  for (const [index, status] of phases.entries()) {
    if (index < phase.index) assert.equal(status.state, 'completed');
    if (index > phase.index) assert.equal(status.state, 'pending');
  }
  assert.equal(phases[phase.index]?.round, round);
  assert.equal(sentBack === null, round === 1);
  assert.deepEqual(
    earlier.map(({ sha256 }) => sha256),
    phases.slice(0, phase.index).map(({ artifact }) => artifact?.sha256),
  );
  const paths = [...earlier, ...copies].map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  for (const { key, sendBack } of planned.phases)
    assert.ok((phases.find((status) => status.key === key)?.sentBack ?? 0) <= (sendBack?.max ?? 0));
}

/** A phase completes only with an approval of its own round at each of its gates, and none of them is void. */
function checkEvents(run: ActivatedRun): void {
  const rounds = new Map<string, number>();
  const requests = new Map<string, { phase: string; round: number; gate: string }>();
  const approved = new Map<string, number>();
  const asked = new Map<string, string[]>();
  for (const { type, phaseKey, payload } of run.events) {
    const phase = phaseKey ?? '';
    const id = payload.requestId as string;
    if (type === 'phase_started') {
      assert.equal(payload.round, (rounds.get(phase) ?? 0) + 1, 'rounds are numbered without a gap');
      rounds.set(phase, payload.round);
      asked.set(phase, []);
    }
    if (type === 'approval_requested') {
      assert.equal(payload.round, rounds.get(phase));
      requests.set(id, { phase, round: payload.round as number, gate: payload.gate as string });
      asked.set(phase, [...(asked.get(phase) ?? []).filter((other) => requests.get(other)?.gate !== payload.gate), id]);
    }
    if (type === 'approval_resolved' && payload.action === 'approve') approved.set(id, requests.get(id)?.round ?? 0);
    if (type === 'approval_voided') {
      assert.equal(approved.get(id), payload.round, 'only what was approved is void');
      approved.delete(id);
    }
    if (type === 'phase_completed')
      for (const request of asked.get(phase) ?? []) assert.equal(approved.get(request), rounds.get(phase));
    if (type === 'sent_back') assert.equal(payload.round, (rounds.get(payload.to as string) ?? 0) + 1);
  }
}
