import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindPersonas, type BindingChoice } from '../../src/domain/template/binding.js';
import { PhasegateError } from '../../src/domain/failures.js';
import { contentHash } from '../../src/domain/text/hash.js';
import type { Persona } from '../../src/domain/template/persona.js';
import type { Template } from '../../src/domain/template/template.js';

const persona = (name: string, more: Partial<Persona> = {}): Persona => ({
  name,
  version: '1',
  roles: ['architect'],
  backend: 'openai',
  model: 'm',
  systemPrompt: 'p',
  tools: ['write_file'],
  ...more,
});
const template = (more: Partial<Template> = {}): Template => ({
  name: 't',
  version: '1',
  phases: [
    { key: 'design', role: 'architect', instructions: 'i' },
    { key: 'again', role: 'architect', instructions: 'i' },
  ],
  ...more,
});
const choice = (pool: Persona[], more: Partial<BindingChoice> = {}): BindingChoice => ({
  pool,
  backendState: () => 'available',
  consented: new Set(),
  overrides: {},
  ...more,
});
const failsWith = (code: string, template_: Template, from: BindingChoice) =>
  assert.throws(
    () => bindPersonas(template_, from),
    (error) => error instanceof PhasegateError && error.code === code,
  );

test('S05: one binding per role, with hashes', () => {
  const [binding, ...more] = bindPersonas(template(), choice([persona('a')]));
  assert.deepEqual(more, []);
  assert.equal(binding?.personaHash, contentHash(persona('a')));
  assert.match(binding?.bindingHash ?? '', /^[0-9a-f]{64}$/);
});

test('S05: an override wins over the template, and the template over the first persona that fits', () => {
  const pool = [persona('other', { roles: ['tester'] }), persona('a'), persona('b'), persona('c')];
  const named = template({ roles: { architect: 'b' } });
  assert.equal(bindPersonas(template(), choice(pool))[0]?.persona.name, 'a');
  assert.equal(bindPersonas(named, choice(pool))[0]?.persona.name, 'b');
  assert.equal(bindPersonas(named, choice(pool, { overrides: { architect: 'c' } }))[0]?.persona.name, 'c');
});

test('S05: a persona without consent or backend is passed over for one that has both', () => {
  const pool = [persona('secret', { requiresConsent: true }), persona('away', { backend: 'off' }), persona('fits')];
  const backendState = (backend: string) => (backend === 'off' ? 'no_key' : 'available');
  assert.equal(bindPersonas(template(), choice(pool, { backendState }))[0]?.persona.name, 'fits');
  const consented = new Set([contentHash(pool[0])]);
  assert.equal(bindPersonas(template(), choice(pool, { backendState, consented }))[0]?.persona.name, 'secret');
});

test('S05: each way to fail has its own code', () => {
  const named = template({ roles: { architect: 'a' } });
  failsWith('role_unbound', template(), choice([persona('a', { roles: ['tester'] })]));
  failsWith('persona_not_found', named, choice([persona('b')]));
  failsWith('consent_missing', named, choice([persona('a', { requiresConsent: true })]));
  failsWith('consent_missing', template(), choice([persona('a', { requiresConsent: true })]));
  failsWith('backend_unavailable', named, choice([persona('a')], { backendState: () => 'no_key' }));
  failsWith('backend_not_found', named, choice([persona('a')], { backendState: () => 'unknown' }));
  failsWith('input_invalid', template(), choice([persona('a')], { overrides: { archtect: 'a' } }));
});

test('S05: consent is for the content: an edited persona needs it again', () => {
  const consented = new Set([contentHash(persona('a', { requiresConsent: true }))]);
  const edited = persona('a', { requiresConsent: true, systemPrompt: 'do as you like' });
  failsWith('consent_missing', template(), choice([edited], { consented }));
});

test('a fallback is content of the persona: with another one it needs consent again, and its backend must exist', () => {
  const fallbacks = [{ backend: 'other', model: 'n' }];
  const before = persona('a', { requiresConsent: true });
  const consented = new Set([contentHash(before)]);
  failsWith('consent_missing', template(), choice([{ ...before, fallbacks }], { consented }));
  const backendState = (backend: string) => (backend === 'other' ? 'unknown' : 'available');
  failsWith('backend_not_found', template(), choice([persona('a', { fallbacks })], { backendState }));
  const [binding] = bindPersonas(
    template(),
    choice([persona('a', { fallbacks })], { backendState: () => 'available' }),
  );
  assert.deepEqual(binding?.persona.fallbacks, fallbacks);
});

test('S05: a role may have the name of something that every object of JavaScript has', () => {
  const phases = [{ key: 'design', role: 'constructor', instructions: 'i' }];
  const [binding] = bindPersonas(template({ phases, roles: {} }), choice([persona('a', { roles: ['constructor'] })]));
  assert.deepEqual([binding?.role, binding?.persona.name], ['constructor', 'a']);
});
