import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseModel, SCRIPTED_KEY } from '../../src/local/model-choice.js';

test("a person's key is used but never handed on to be written down; a password in the URL is not shown", async () => {
  const choice = await chooseModel({
    OPENAI_API_KEY: 'sk-secret',
    OPENAI_BASE_URL: 'https://ann:pass@models.example/v1',
  });
  assert.equal(choice.scripted, false);
  assert.deepEqual(choice.env, { OPENAI_BASE_URL: 'https://ann:pass@models.example/v1' });
  assert.match(choice.about, /real one at models\.example/);
  assert.doesNotMatch(choice.about, /pass@|sk-secret/);
});

for (const env of [
  {},
  { OPENAI_API_KEY: '' },
  { OPENAI_API_KEY: SCRIPTED_KEY, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' },
]) {
  test(`with ${JSON.stringify(env)} the scripted server answers, and says what it is`, async (t) => {
    const choice = await chooseModel(env);
    t.after(() => choice.close());
    assert.equal(choice.scripted, true);
    assert.equal(choice.env.OPENAI_API_KEY, SCRIPTED_KEY);
    assert.match(choice.env.OPENAI_BASE_URL ?? '', /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    assert.notEqual(choice.env.OPENAI_BASE_URL, 'http://127.0.0.1:1/v1');
    assert.match(choice.about, /scripted.*not real/);
  });
}
