import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { connectionOptions } from '../../src/mirror/connection.js';

test('options alone start no timer: the timer of an unused socket ended the process after a minute', (t) => {
  const timers = t.mock.method(Socket.prototype, 'setTimeout');
  const { stream } = connectionOptions('postgresql://user@127.0.0.1/x');
  assert.equal(timers.mock.callCount(), 0);
  assert.ok(typeof stream === 'function');
  const socket = (stream as unknown as () => Socket)();
  assert.equal(timers.mock.callCount(), 1, 'a connection has one');
  socket.destroy();
});
