import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unavailable } from '../../src/temporal/connection.js';

test('that Temporal can not be reached is said without its key', (t) => {
  process.env.TEMPORAL_API_KEY = 'canary-key\nof two lines';
  t.after(() => delete process.env.TEMPORAL_API_KEY);
  const { message } = unavailable(
    'here:7233',
    new Error(`Metadata string value "Bearer ${process.env.TEMPORAL_API_KEY}" contains illegal characters`),
  );
  assert.equal(
    message,
    'no Temporal server answers at here:7233: Metadata string value "Bearer ***" contains illegal characters',
  );
});
