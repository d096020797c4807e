import { whenPointer } from '../rounds/when.js';
import { isJsonObject, type JsonObject } from '../text/json.js';
import { pointerToken, pointerTokens } from '../text/json-pointer.js';
import { didYouMean } from '../text/nearest-name.js';
import { hasField, mayBe, verdictValues } from './possible-values.js';
import type { Template, TemplateIssue, TemplatePhase, When } from './template.js';

/**
 * Finds conditions that no artifact can meet, and verdicts on which nobody acts.
 *
 * @param schemas - all schemas that are known, by `$id`; a phase whose schema is not among them is left out
 */
export function verdictIssues(template: Template, schemas: Readonly<Record<string, JsonObject>>): TemplateIssue[] {
  return template.phases.flatMap((phase, index) => {
    const schema = phase.artifact && schemas[phase.artifact.schema];
    if (!schema) return [];
    const issues = [
      ...whenIssues('sendBack/when', phase.sendBack?.when, schema, schemas),
      ...whenIssues('failWhen', phase.failWhen, schema, schemas),
      ...idleVerdict(phase, schema, schemas),
    ];
    return issues.map(({ pointer, message }) => ({ pointer: `/phases/${index}/${pointer}`, message }));
  });
}

function whenIssues(
  at: string,
  when: When | undefined,
  schema: JsonObject,
  schemas: Readonly<Record<string, JsonObject>>,
): TemplateIssue[] {
  return Object.entries(when ?? {}).flatMap(([field, constant]) => {
    const tokens = pointerTokens(whenPointer(field));
    const pointer = `${at}/${pointerToken(field)}`;
    if (!hasField(schemas, schema, tokens))
      return [
        {
          pointer,
          message: `the schema ${idOf(schema)} has no field ${JSON.stringify(field)}${meant(field, schema)}`,
        },
      ];
    if (mayBe(schemas, schema, tokens, constant)) return [];
    const values = field === 'verdict' ? verdictValues(schemas, schema) : null;
    const may = values ? `; it can be ${values.map((value) => JSON.stringify(value)).join(', ')}` : '';
    return [
      {
        pointer,
        message: `${field} can never be ${JSON.stringify(constant)} by the schema ${idOf(schema)}${may}`,
      },
    ];
  });
}

/** A schema of the catalog has an id. */
function idOf({ $id }: JsonObject): string {
  return typeof $id === 'string' ? $id : 'of the artifact';
}

function meant(field: string, { properties }: JsonObject): string {
  return isJsonObject(properties) ? didYouMean(field, Object.keys(properties)) : '';
}

function idleVerdict(
  { key, gates = [], sendBack, failWhen }: TemplatePhase,
  schema: JsonObject,
  schemas: Readonly<Record<string, JsonObject>>,
): TemplateIssue[] {
  if (gates.length > 0 || sendBack || failWhen) return [];
  const values = verdictValues(schemas, schema);
  if (!values || values.length < 2) return [];
  const example = values.at(-1);
  const message = `the artifact of phase ${key} has a verdict, and nothing acts on it: give the phase a gate, sendBack or failWhen, such as failWhen: { verdict: ${JSON.stringify(example)} }`;
  return [{ pointer: 'artifact/schema', message }];
}
