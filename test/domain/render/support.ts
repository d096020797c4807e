import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/domain/text/json.js';
import { anyText } from '../../support/any-text.js';

/** Texts that are live somewhere: in HTML, in Markdown, in the mathematics of Temporal Web. */
export const LIVE_TEXTS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '</p></div></details><h1>approved</h1>',
  '[a](javascript:alert(1))',
  '![x](http://evil.example/i.png)',
  'see www.evil.example or https://evil.example/x or a.b@evil.example',
  '$x$ and $$y$$',
  '`<b>x</b>`',
  '`a|b` | `c',
  '```\ncode\n```',
  '# heading\n- item\n1. item\n> quote\n---\n    code',
  '| a | b |\n| --- | --- |\n| 1 | 2 |',
  '<!-- comment',
  '&lt;b&gt; &#x21;',
  'a\\\n\\\n\\',
  '\u202Etxt.exe',
  '[x]: <http://evil.example> "t"',
];

const text = fc.oneof(fc.constantFrom(...LIVE_TEXTS), anyText({ maxLength: 30 }));
const name = fc.oneof(
  fc.constantFrom('summary', 'verdict', 'status', 'items', 'a', 'b', '__proto__', 'constructor', 'length', ''),
  text,
);

/** Any JSON value, with texts that are live somewhere as names and as strings. */
export const anyValue = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

/** Any schema and more: keywords with values of any kind, and references in circles. */
export const anySchema = fc.letrec<{ schema: JsonValue }>((tie) => {
  const schema = tie('schema');
  const named = fc.dictionary(name, schema, { maxKeys: 4, noNullPrototype: true });
  const list = fc.array(schema, { maxLength: 3 });
  return {
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(fc.boolean(), text, fc.constant(null)),
      fc.record(
        {
          title: fc.oneof(text, fc.integer()),
          $ref: fc.constantFrom('#', 'urn:x', '#/properties/a', '#/$defs/%', 'urn:none', '#anchor'),
          enum: fc.oneof(fc.array(text, { maxLength: 3 }), fc.constant('x')),
          properties: fc.oneof(named, list),
          items: schema,
          prefixItems: fc.oneof(list, schema),
          additionalProperties: schema,
          allOf: list,
          anyOf: list,
          oneOf: fc.oneof(list, schema),
          $defs: named,
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<JsonValue>,
    ),
  };
}).schema as fc.Arbitrary<JsonObject>;
