import { rootCause } from '@temporalio/workflow';
import type { ArtifactRef } from '../domain/artifact.js';
import type { EditedArtifact } from '../domain/activity-contract.js';
import { provenPlaces } from '../domain/check/proven-places.js';
import { cut } from '../domain/failures.js';
import { isJsonObject } from '../domain/text/json.js';
import { conditionsOf, NO_CONDITIONS } from '../domain/rounds/when.js';
import type { OpenGate } from '../domain/run-status.js';
import { referencedSchemas } from '../domain/template/schema-refs.js';
import { checkEditedArtifact } from './activities.js';
import type { LiveRun } from './live-run.js';

/** Looks at the file of the artifact that waits at a gate, when a decision names bytes that the run doesn't know. */
export type CheckEdited = (gate: OpenGate, sha256: string, by: string | null) => Promise<EditedArtifact>;

/**
 * A run's look at an edited file: an activity reads and validates it. No gate is open before the run is planned.
 */
export function editedArtifactCheck(live: LiveRun): CheckEdited {
  return async (gate, sha256, by) => {
    if (gate.artifact === null) return { kind: 'stale' };
    const planned = live.plan?.phases.find(({ key }) => key === gate.phase);
    const status = live.status.phases.find(({ key }) => key === gate.phase);
    const schemas = referencedSchemas(gate.artifact.schemaId, live.plan?.schemas ?? {});
    try {
      const found: unknown = await checkEditedArtifact({
        run: live.status.run,
        artifact: gate.artifact,
        requestId: gate.requestId,
        schemas,
        round: status?.round ?? 1,
        conditions: planned ? conditionsOf(planned) : NO_CONDITIONS,
        proven: provenPlaces(gate.phase, live.plan?.phases ?? []),
        sha256,
        by,
      });
      return isEdited(found) ? found : { kind: 'stale' };
    } catch (error) {
      // Temporal's own failure says only that an activity failed
      const why = cut(rootCause(error) ?? String(error), 500);
      return { kind: 'invalid', message: `the edited file could not be looked at: ${why}` };
    }
  };
}

function isEdited(value: unknown): value is EditedArtifact {
  if (!isJsonObject(value)) return false;
  if (value.kind === 'valid')
    return isJsonObject(value.artifact) && typeof (value.artifact as unknown as ArtifactRef).sha256 === 'string';
  return value.kind === 'stale' || (value.kind === 'invalid' && typeof value.message === 'string');
}
