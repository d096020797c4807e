import { PhasegateError } from '../../domain/failures.js';
import type { ArtifactFacts, ReportFacts } from '../../domain/record/report-facts.js';
import { renderArtifactText } from '../../domain/render/render-artifact.js';
import type { JsonValue } from '../../domain/text/json.js';
import type { Mirror } from '../../mirror/types.js';
import { coloured, columnsOf } from '../command-line/colour.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { printable } from '../command-line/printable.js';
import { withMirror } from '../command-line/with-mirror.js';

const WIDTH = 100;
/** More than a person reads; `--json` has all of it. */
const MOST_BYTES = 1_000_000;

/** `show W [PHASE]`: what a phase left, as people read it. Without a phase it is what waits at a gate, or the newest. */
export const show = defineCommand({
  usage: 'W [PHASE]',
  about: 'what a phase left, as people read it; --json gives the very bytes. Without PHASE: what waits for a decision',
  words: ['workflow id or run id'],
  moreWords: ['phase'],
  options: {},
  run: async ({ json }, [id = '', phase]) => {
    const text = await withMirror(async (mirror) => {
      const run = await mirror.findRun(id);
      if (run === null) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
      const facts = await mirror.readReportFacts(run.runId);
      const found: string[] = [];
      for (const artifact of chosen(facts, phase)) found.push(await shown(mirror, facts, artifact, json));
      return found.join('\n\n');
    });
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    return EXIT.ok;
  },
});

/** The artifact of the phase that is asked for; else those that wait for a decision; else the newest of the run. */
function chosen(facts: ReportFacts, phase: string | undefined): ArtifactFacts[] {
  const { phases, artifacts, openApprovals, run } = facts;
  if (phase !== undefined && !phases.some(({ key }) => key === phase))
    throw new PhasegateError(
      'usage_invalid',
      `${run.workflowId} has no phase ${phase}; its phases are: ${phases.map(({ key }) => key).join(', ')}`,
    );
  const newest = (key: string): ArtifactFacts[] =>
    artifacts.filter((one) => one.phaseKey === key && counts(one, facts)).slice(-1);
  const waiting = [...new Set(openApprovals.map(({ phaseKey }) => phaseKey))].flatMap(newest);
  const last = artifacts.filter((one) => counts(one, facts)).slice(-1);
  const found = phase !== undefined ? newest(phase) : waiting.length > 0 ? waiting : last;
  if (found.length > 0) return found;
  throw new PhasegateError(
    'artifact_not_there',
    phase === undefined
      ? `no phase of ${run.workflowId} has left an artifact yet`
      : `phase ${phase} has left no artifact yet`,
  );
}

/** An artifact of a round that is over, or of work that a reset undid, counts no more. */
function counts({ phaseKey, round, valid }: ArtifactFacts, { phases }: ReportFacts): boolean {
  const phase = phases.find(({ key }) => key === phaseKey);
  return valid && phase !== undefined && phase.round === round && phase.state !== 'pending';
}

async function shown(mirror: Mirror, { run }: ReportFacts, artifact: ArtifactFacts, raw: boolean): Promise<string> {
  const { phaseKey, path, sha256, schemaId, bytes } = artifact;
  const content = await mirror.readArtifact(run.runId, sha256);
  if (content === null)
    throw new PhasegateError(
      'artifact_not_there',
      `the mirror does not keep the ${bytes} bytes of ${path}: it is in the run's folder`,
    );
  if (raw) return content.toString('utf8');
  const schemas = await mirror.readArtifactSchemas(run.runId, phaseKey);
  const width = Math.min(columnsOf() ?? WIDTH, WIDTH);
  const { text, cut } = renderArtifactText(schemas, schemaId, JSON.parse(content.toString('utf8')) as JsonValue, {
    width,
    mark: (what, words) => coloured(what === 'note' ? 'dim' : 'bold', words),
    limits: { bytes: MOST_BYTES, rows: 10_000 },
  });
  const head = coloured('dim', `${phaseKey}: ${printable(path)} (${bytes} bytes, sha256 ${sha256})`);
  return [head, text, ...(cut ? ['… cut; --json has all of it'] : [])].join('\n');
}
