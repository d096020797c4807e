import type { JsonObject } from './text/json.js';

/** Who must act: a person, or (for `fatal`) a developer of phasegate. */
export type FailureKind = 'human_required' | 'fatal';

interface FailureSpec {
  kind: FailureKind;
  /** What to do about it. It is shown to people and printed in `docs/failures.md`. */
  todo: string;
}

const human = (todo: string): FailureSpec => ({ kind: 'human_required', todo });
const fatal = (todo: string): FailureSpec => ({ kind: 'fatal', todo });

/** Every way in which a run or a command can fail (S28). `docs/failures.md` is made from this table. */
export const FAILURES = {
  // the input of a run
  input_invalid: human('Correct the named field and start again; schemas/run-input.schema.json describes the input.'),
  input_too_large: human(
    'Shorten the input: everything together must stay below 1.5 MiB of JSON, and 50,000 keys and values.',
  ),
  requirements_empty: human('Say in `requirements` what the run is to do.'),
  requirements_too_large: human(
    'Shorten `requirements` to 512 KiB, or put long material into the repository and refer to it.',
  ),
  unknown_workflow_type: human('Start the workflow type `agentRun`.'),
  chain_not_supported: human(
    'Start the run without a cron schedule and without a retry policy. For runs at set times make a Temporal Schedule.',
  ),
  // templates, personas, schemas, backends
  template_not_found: human(
    'Name one of the templates that the message lists, or point PHASEGATE_TEMPLATES at your own folder.',
  ),
  template_invalid: human('Correct the template file at the place that the message names.'),
  persona_not_found: human(
    'Name one of the personas that the message lists, or point PHASEGATE_PERSONAS at your own folder.',
  ),
  persona_invalid: human('Correct the persona file at the place that the message names.'),
  persona_cannot_write: human('Give the persona the tool `write_file`: the phase must leave an artifact.'),
  schema_not_found: human('Add the schema to schemas/artifacts, or point PHASEGATE_SCHEMAS at your own folder.'),
  schema_invalid: human('Correct the JSON Schema at the place that the message names.'),
  backends_invalid: human('Correct the backends file at the place that the message names.'),
  backend_not_found: human('Add the backend to the backends file, or name one of those that the message lists.'),
  backend_unavailable: human('Set the environment variable that holds the key of the backend, and restart the worker.'),
  role_unbound: human('Add a persona that lists the role, or name one in `overrides`.'),
  consent_missing: human('Read the persona, then give consent: npm run client -- consent PERSONA.'),
  plan_too_large: human(
    'Shorten the template, its personas, its schemas or the commands: together they must stay below 1 MiB.',
  ),
  // the repository
  repo_path_missing: human('Give the absolute path of a git repository on the machine of the worker.'),
  repo_path_not_absolute: human('Give `repoPath` as an absolute path: the worker runs in another folder than you.'),
  repo_not_git: human('Point `repoPath` at a git repository (a work tree, a bare repository or a folder below one).'),
  repo_without_commits: human('Make a first commit in the repository.'),
  branch_in_the_way: human(
    'Rename or delete the branch that the message names (git branch -m OLD NEW), then start the run again.',
  ),
  branch_in_use: human('Switch to another branch in the folder that the message names, then retry or reset the run.'),
  disk_full: human('Free space, or raise the quota, on the disk that the message names.'),
  repo_locked: human(
    'If no git is at work in the repository, delete the lock file that the message names; then start, retry or reset the run.',
  ),
  repo_not_trusted: human(
    'Run the worker as the owner of the repository, or install git 2.38 or newer on its machine.',
  ),
  repo_permission_denied: human(
    'Let the user of the worker write to the git folder of the repository, on a disk that is not read-only.',
  ),
  repo_unsupported: human(
    'Install a newer git on the machine of the worker: this one does not know the format of the repository.',
  ),
  repo_config_invalid: human('Correct the line of the git config file that the message names.'),
  repo_incomplete: human(
    'Use a full clone (without --filter and --depth; git fetch --unshallow completes one): the worker fetches nothing.',
  ),
  repo_damaged: human('Look with `git fsck --full`, and bring what is missing from another clone.'),
  branch_not_found: human('Name a branch that exists in `baseBranch`; the message lists some.'),
  workspace_failed: human(
    'Read what git or the disk says in the message; the worker needs to write to PHASEGATE_WORKSPACE_ROOT.',
  ),
  checkout_timed_out: human('Raise PHASEGATE_CHECKOUT_TIMEOUT on the workers, or use a faster disk; then start again.'),
  workspace_lost: human(
    'The folder of the run is gone or damaged: reset the run to its first phase, or start it again.',
  ),
  // the repository's own commands
  repository_file_invalid: human(
    'Correct .phasegate.yaml at the place that the message names, and commit it on the base branch; docs/checks.md describes it.',
  ),
  variable_not_allowed: human(
    'Let who runs the workers add the variable to PHASEGATE_COMMAND_ENV, or take it out of `env` in .phasegate.yaml, on the base branch.',
  ),
  network_not_allowed: human(
    'Name the hosts in `network` of the set-up, or let who runs the workers set PHASEGATE_SANDBOX_HOST_NETWORK=allow.',
  ),
  check_not_found: human(
    'Name one of the checks that the message lists in the template, or add the check to .phasegate.yaml.',
  ),
  sandbox_unavailable: human(
    'Do what the message says, then `npm run client -- doctor`; PHASEGATE_SANDBOX=off runs nothing, `none` runs without isolation.',
  ),
  // the artifact
  artifact_timeout_exhausted: human(
    'Give the phase more `timeout` or `attempts` in the template, or a persona with a faster model.',
  ),
  artifact_missing: human(
    'Read in the message what the agent did last, and in its transcript why: change the instructions, or use another model.',
  ),
  output_limit_reached: human(
    'The artifact does not fit into one reply: raise `maxOutputTokens` of the persona, or ask for a shorter artifact.',
  ),
  artifact_invalid_after_repair: human(
    'Read the errors in the message: the schema may ask too much, or the instructions too little.',
  ),
  stalled: human(
    'The same failure, or the same refused call, came again and again: change the instructions, the schema or the persona.',
  ),
  artifact_changed: human(
    'An artifact on disk is not the one that was validated: find out who changed it, then reset the run.',
  ),
  // set-up and checks
  setup_failed: human(
    'Correct the set-up in .phasegate.yaml, on the base branch: the message has the end of its output, and the table check_runs has all of it.',
  ),
  checks_failed: human(
    'Read which checks are red, and their output: change the instructions or the requirements, or give the phase more `repairs`.',
  ),
  check_not_runnable: human(
    'Correct the command of the check, or the set-up that brings what it needs: it could not be started.',
  ),
  // the model
  model_auth_failed: human('Check the key in the variable that the backend names, and its permissions.'),
  model_not_found: human('Correct `model` in the persona: the provider does not know it.'),
  base_url_wrong: human(
    'Correct `baseUrl` of the backend, or the variable in its `baseUrlEnv`: it must be the place below which /chat/completions is, and often ends in /v1.',
  ),
  model_context_too_long: human('Use a model with a larger context, or split the phase.'),
  model_content_refused: human('The provider refused the content: change the requirements or the instructions.'),
  model_quota_exhausted: human(
    'Raise the quota at the provider, give the persona `fallbacks`, or bind the role to another backend.',
  ),
  model_request_rejected: human('The provider refused the request as malformed: the message has its words.'),
  mcp_unavailable: human(
    'Start the MCP server that the message names, or correct `mcp` in the persona; then retry, or start the run again.',
  ),
  model_call_limit: human(
    'The agent used all its model calls without an artifact: raise `maxModelCalls`, or split the phase.',
  ),
  provider_unavailable: human(
    "The provider stayed away longer than the phase's `patience`: wait, then start or reset the run.",
  ),
  price_unknown: human(
    'Add the price of the model to the backends file, or start with `allowUnknownPrices`: its calls then count nothing.',
  ),
  budget_exceeded: human(
    'Raise `budgetUsd` or `budgetTokens`, choose cheaper personas, or give them a lower `maxOutputTokens`: each call reserves it.',
  ),
  // verdicts
  verdict_failed: human(
    'Read the artifact: it has the verdict with which the template lets the run fail (`failWhen`). Start again when it is dealt with.',
  ),
  sent_back_too_often: human(
    'Read the artifact that sent the work back; give the requirements more detail, or `sendBack` a higher `max`, or `onMax: gate`.',
  ),
  // gates
  approval_rejected: human('Read the comment of the decision; start a new run when it is dealt with.'),
  approval_expired: human('Nobody decided in time: start a new run, or give the gate more `timeout`.'),
  decision_refused: human('Read the reason; npm run client -- status W shows what the run waits for.'),
  // the delivery: the run stays complete, and can be delivered again
  run_not_completed: human('Deliver a run that has completed; npm run client -- status W shows where it stands.'),
  nothing_to_deliver: human('The run has no commit of its own: there is nothing that could be pushed.'),
  remote_not_found: human('Add the remote to the repository (git remote add NAME URL), or name another in `push`.'),
  remote_refused: human(
    'Give the remote a URL that begins with https:// or ssh://, and name its host in `deliver.host` where a token goes there.',
  ),
  remote_unreachable: human('Look whether the machine of the worker reaches the remote, then deliver the run again.'),
  remote_auth_failed: human(
    'Give the token (or the ssh key) of the worker the right to push to the repository, then deliver the run again.',
  ),
  remote_rejected: human(
    "Read the remote's words in the message: a rule of it (a protected branch, a hook) refuses the branch of the run.",
  ),
  remote_branch_moved: human(
    'Somebody else pushed to the branch: take their commits into the branch of the run, or delete it at the remote. It is never overwritten.',
  ),
  forge_token_missing: human('Set the variable that the message names on the worker, then deliver the run again.'),
  forge_auth_failed: human('The forge does not know the token: give the worker a new one, then deliver the run again.'),
  forge_forbidden: human(
    'Give the token the scopes for pull requests (GitHub: contents and pull requests, read and write; GitLab: api).',
  ),
  forge_not_found: human(
    'Correct `repository`, or let the owner of the token see the repository: the forge shows it to nobody else.',
  ),
  forge_rejected: human(
    'Read the words of the forge in the message, correct what they name, then deliver the run again.',
  ),
  forge_archived: human('The repository is archived: bring it back at the forge, or push to another one.'),
  forge_unavailable: human(
    'The forge stayed away, or asked for a pause that is too long: deliver the run again later.',
  ),
  // failures that only a reconciling pass finds: the run itself got no chance to write them down
  run_terminated: human(
    'Somebody terminated the run in Temporal: `temporal workflow reset` goes on with it, or start a new one.',
  ),
  run_timed_out: human(
    'The time limit that the run was started with has passed: reset it, or start it again without one.',
  ),
  run_lost: human(
    'Temporal no longer knows the run (deleted, or older than the retention): the mirror and the report are all there is.',
  ),
  // the surroundings
  usage_invalid: human('Read how the command is used: npm run client -- COMMAND --help.'),
  run_not_found: human('Check the workflow id: npm run client -- list shows those there are.'),
  artifact_not_there: human('Look at what the run has left so far: npm run client -- status W.'),
  wait_timed_out: human('Wait longer, or look at the run: npm run client -- status W.'),
  run_not_begun: human('Wait until the run begins; temporal workflow terminate ends it before that.'),
  run_held: human('Somebody paused it in Temporal: temporal workflow unpause --workflow-id W lets it go on.'),
  config_invalid: human('Set the environment variable that the message names; the README has the table of them.'),
  mirror_not_migrated: human('Run npm run migrate with the same DATABASE_URL.'),
  mirror_unavailable: human('Bring PostgreSQL back: the run goes on by itself.'),
  database_refused: human(
    'Do what the message says, in DATABASE_URL or in PostgreSQL: runs that are open go on by themselves.',
  ),
  database_unsuitable: human('Do what the message says, or give phasegate a PostgreSQL database of its own.'),
  worker_unavailable: human(
    'Start a worker on the task queue of the run: npm run worker; npm run client -- doctor tells what else is wrong.',
  ),
  encryption_key_missing: human(
    'Give the key that the message names (PHASEGATE_ENCRYPTION_KEYS, to every worker and client): the run then goes on by itself. If nobody has it any more, name it in PHASEGATE_ENCRYPTION_KEYS_LOST.',
  ),
  temporal_unavailable: human('Check TEMPORAL_ADDRESS, and that the Temporal server runs.'),
  local_stack_failed: human('Read the message; the logs are in .phasegate/logs.'),
  internal_error: fatal('This is a bug in phasegate: report it with the report of the run and the logs of the worker.'),
} as const satisfies Record<string, FailureSpec>;

export type FailureCode = keyof typeof FAILURES;

/**
 * Longest message that goes into Temporal's history. With the errors beside it, a failure stays below 8 KiB. (A failure
 * of 3 MiB makes an attempt hang.)
 */
export const MAX_FAILURE_MESSAGE = 1_500;

/** A failure that a person can meet. It says what was wrong and where, and its code says what to do. */
export class PhasegateError extends Error {
  override readonly name = 'PhasegateError';
  readonly kind: FailureKind;

  /**
   * @param code - one of {@link FAILURES}
   * @param message - what was wrong and where (file, JSON path, field)
   * @param details - more facts, small and without secrets
   */
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly details: JsonObject = {},
    options?: ErrorOptions,
  ) {
    super(cut(message, MAX_FAILURE_MESSAGE), options);
    this.kind = failureKind(code);
  }
}

/** Whether a text is one of the known codes. */
export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code);
}

/**
 * Who must act on a failure. A code that passes by itself (a provider's, or one that is not ours) is not a bug of ours.
 */
export function failureKind(code: string): FailureKind {
  return isFailureCode(code) ? FAILURES[code].kind : 'human_required';
}

/**
 * A text of at most `length` UTF-16 units. Where it was cut it ends with `…`, never inside a surrogate pair.
 *
 * @param text - any text
 * @param length - at least 1
 */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
