import { Context } from '@temporalio/activity';
import { backendState } from '../agent/model/backend-access.js';
import type { Catalog } from '../catalog/catalog.js';
import { loadCatalog } from '../catalog/catalog.js';
import { checkRunInput } from '../catalog/check-run-input.js';
import type { Activities } from '../domain/activity-contract.js';
import { planDeliver } from '../domain/deliver/plan-deliver.js';
import { limitsOf } from '../domain/money/budget.js';
import { bindPersonas } from '../domain/template/binding.js';
import { PhasegateError } from '../domain/failures.js';
import { COMMAND_TOOL } from '../domain/names.js';
import { neverApproved } from '../domain/gate-rules.js';
import { contentHash, sha256 } from '../domain/text/hash.js';
import type { JsonObject } from '../domain/text/json.js';
import type { Binding, Plan } from '../domain/plan.js';
import { modelName, modelsOf } from '../domain/template/persona.js';
import { planPhases } from '../domain/template/plan-phases.js';
import { queueingOf, type RunInput } from '../domain/run-input.js';
import type { RunRef } from '../domain/run-state.js';
import type { Template } from '../domain/template/template.js';
import { findEarlierPlan } from '../upkeep/earlier-plan.js';
import { inspectRepository } from '../workspace/git/inspect-repository.js';
import { reserveBranch } from '../workspace/git/reserve-branch.js';
import { runFolder } from '../workspace/run-folder.js';
import { writeFileAtomically } from '../workspace/write-atomically.js';
import type { ActivityDeps } from './deps.js';
import { refuseUnallowed } from './checks/command-env.js';
import { refuseHostNetwork } from './checks/host-network.js';
import { readRepositoryCommands, settleCommands } from './plan-commands.js';
import { asApplicationFailure, failureFrom } from './temporal-failure.js';

/**
 * Largest plan that goes into history. Temporal's blob limit is 2 MiB, and each phase gets its part of the plan again.
 */
const MAX_PLAN_BYTES = 1024 * 1024;

/** The part of the plan that can be settled without changing anything. The run has no branch yet. */
type Settled = Omit<Plan, 'repository'>;
type Backends = Awaited<ReturnType<Catalog['backends']>>;

/**
 * Checks the input and all that it names, settles what the run will do, and makes its folder and branch (S02–S07, S11).
 * All checks come before the first change, so a wrong input leaves nothing half done. After a reset the plan is the one
 * that the run had.
 */
export function createPlanRun(deps: ActivityDeps): Activities['planRun'] {
  return async (run, value) => {
    try {
      return (await findEarlierPlan(Context.current().client, run)) ?? (await planRun(deps, run, checkRunInput(value)));
    } catch (error) {
      // told at once: in a phase it waits for another worker, and nobody would see a run that was never planned
      const isFinal = error instanceof PhasegateError && error.code === 'sandbox_unavailable';
      throw isFinal ? failureFrom(error, {}, 'never') : asApplicationFailure(error);
    }
  };
}

async function planRun(deps: ActivityDeps, run: RunRef, input: RunInput): Promise<Plan> {
  const inspection = inspectRepository(input.repoPath, input.baseBranch ?? null);
  // problems of the files are told first
  inspection.catch(() => undefined);
  const catalog = loadCatalog(deps.config);
  const template = await catalog.template(input.template);
  const backends = await catalog.backends();
  const bindings = await bind(deps, catalog, backends, template, input);
  const schemas = await catalog.schemaClosure(
    ...template.phases.flatMap(({ artifact }) => (artifact ? [artifact.schema] : [])),
  );
  const repository = await inspection;
  const keys = Object.values(backends).flatMap(({ apiKeyEnv }) => apiKeyEnv ?? []);
  const { commands, checks } = settleCommands(await readRepositoryCommands(repository, keys), input, deps.sandbox.kind);
  refuseUnallowed(commands.env, deps.config.commandEnv);
  refuseHostNetwork(commands, deps.config.sandboxHostNetwork);
  const templateHash = contentHash(template);
  const settled: Settled = {
    template: { name: template.name, version: template.version, hash: templateHash },
    phases: planPhases(template, checks),
    bindings,
    schemas,
    prices: pricesOf(backends, bindings),
    requirements: { sha256: sha256(input.requirements), bytes: Buffer.byteLength(input.requirements) },
    inputHash: contentHash({ requirements: input.requirements, templateHash }),
    budget: limitsOf(input),
    onBudget: input.onBudget ?? template.onBudget ?? 'fail',
    onHumanRequired: input.onHumanRequired ?? template.onHumanRequired ?? 'fail',
    startedBy: input.startedBy ?? null,
    queueing: queueingOf(input),
    notify: template.notify ?? [],
    commands,
    ...(template.deliver && { deliver: planDeliver(template.deliver) }),
  };
  checkApprovers(settled);
  checkPrices(settled, input);
  checkSize(settled);
  // a run whose commands can't run must not begin
  if (hasCommands(settled)) await deps.sandbox.open();

  const folder = runFolder(deps.config.workspaceRoot, run.runId);
  const { branch } = await reserveBranch({ repository, folder, workflowId: run.workflowId, runId: run.runId });
  const { path, baseName: baseBranch, baseCommit } = repository;
  const checkoutMs = deps.config.checkoutTimeoutMs;
  const plan: Plan = { ...settled, repository: { path, baseBranch, baseCommit, branch, checkoutMs } };
  const { requirements, objective = null, extra = {} } = input;
  await Promise.all([
    writeFileAtomically(folder.requirements, requirements, { mode: 0o600 }),
    deps.mirror.recordPlan(run, plan, { requirements, objective, extra: extra as JsonObject }, template),
  ]);
  return plan;
}

async function bind(
  deps: ActivityDeps,
  catalog: Catalog,
  backends: Backends,
  template: Template,
  input: RunInput,
): Promise<Binding[]> {
  const pool = await catalog.personas({ template, overrides: input.overrides });
  const consentable = pool.filter(({ requiresConsent }) => requiresConsent).map(contentHash);
  const bindings = bindPersonas(template, {
    pool,
    backendState: (name) => backendState(backends[name], deps.env),
    consented: consentable.length === 0 ? new Set() : await deps.mirror.consentedHashes(consentable),
    overrides: input.overrides ?? {},
  });
  for (const { role, persona } of bindings) {
    const writes = template.phases.find((phase) => phase.role === role && phase.artifact);
    if (writes && !persona.tools.includes('write_file')) {
      throw new PhasegateError(
        'persona_cannot_write',
        `phase ${writes.key} must leave an artifact, but persona ${persona.name} has no tool write_file`,
      );
    }
  }
  return bindings;
}

function pricesOf(backends: Backends, bindings: readonly Binding[]): Plan['prices'] {
  const models = bindings.flatMap(({ persona }) => modelsOf(persona));
  return Object.fromEntries(
    models.map((each) => [modelName(each), backends[each.backend]?.prices[each.model] ?? null]),
  );
}

/** A gate that nobody can approve would hold the run for ever, after the first phases were paid for. */
function checkApprovers({ phases, startedBy, bindings }: Settled): void {
  const personas = bindings.map(({ persona }) => persona.name);
  for (const { key, gates } of phases) {
    for (const gate of gates) {
      const why = neverApproved(gate, startedBy, personas);
      if (why) throw new PhasegateError('input_invalid', `/startedBy: gate ${gate.name} of phase ${key} ${why}`);
    }
  }
}

/** The cost of a model without a price is unknown, so no budget in dollars could be kept (S25). */
function checkPrices({ budget, phases, bindings, prices }: Settled, { allowUnknownPrices = false }: RunInput): void {
  if (allowUnknownPrices) return;
  for (const { key, role, artifact, budget: own } of phases) {
    const persona = bindings.find((binding) => binding.role === role)?.persona;
    if (!artifact || !persona || (budget.microUsd === null && own.microUsd === null)) continue;
    const name = modelsOf(persona)
      .map(modelName)
      .find((each) => prices[each] === null);
    if (name !== undefined)
      throw new PhasegateError(
        'price_unknown',
        `phase ${key}: the model ${name} of persona ${persona.name} has no price in the backends file, so that a budget in dollars can't be kept`,
      );
  }
}

function hasCommands({ commands, phases, bindings }: Settled): boolean {
  const agents = bindings.some(({ persona }) => persona.tools.includes(COMMAND_TOOL));
  return agents || commands.setup.length > 0 || phases.some(({ checks }) => checks.length > 0);
}

function checkSize(settled: Settled): void {
  const bytes = Buffer.byteLength(JSON.stringify(settled));
  if (bytes <= MAX_PLAN_BYTES) return;
  throw new PhasegateError(
    'plan_too_large',
    `template, personas, schemas and commands together are ${bytes} bytes, the limit is ${MAX_PLAN_BYTES}`,
  );
}
