import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostName, hostProblem } from '../../src/domain/check/host-name.js';

test('names of hosts are taken, with a port or without', () => {
  const names = [
    'registry.npmjs.org',
    'Registry.NPMJS.org',
    'nexus',
    'a-b.example.com:8081',
    'xn--bcher-kva.example',
    '1.pool.example',
    `${'a'.repeat(63)}.example`,
  ];
  for (const name of names) assert.equal(hostProblem(name), undefined, name);
  assert.equal(hostName('Registry.NPMJS.org'), 'registry.npmjs.org');
});

test('what is no name of a host is refused, in words that say what to write', () => {
  const table: [string, RegExp][] = [
    ['', /empty/],
    [' ', /empty/],
    ['https://registry.npmjs.org/', /URL.*only its host/],
    ['*.npmjs.org', /wildcard/],
    ['*', /wildcard/],
    ['127.0.0.1', /IP address/],
    ['0x7f.1', /IP address/],
    ['2130706433', /IP address/],
    ['0x', /IP address/],
    ['[::1]', /IP address/],
    ['::1', /IP address/],
    ['[::1]:80', /IP address/],
    ['localhost', /own machine/],
    ['LOCALHOST', /own machine/],
    ['db.localhost:5432', /own machine/],
    ['bücher.example', /xn--/],
    ['registry.npmjs.org.', /dot/],
    ['registry.npmjs.org:', /port/],
    ['registry.npmjs.org:0', /port/],
    ['registry.npmjs.org:65536', /port/],
    ['registry.npmjs.org:http', /port/],
    ['registry .npmjs.org', /no host name/],
    ['registry\0.npmjs.org', /no host name/],
    ['user@registry.npmjs.org', /no host name/],
    ['registry.npmjs.org/path', /no host name/],
    ['-a.example', /no host name/],
    ['a..example', /no host name/],
    [`${'a'.repeat(64)}.example`, /no host name/],
    [`${'a.'.repeat(130)}a`, /253/],
  ];
  for (const [text, words] of table) assert.match(hostProblem(text) ?? 'taken', words, JSON.stringify(text));
});

test('a taken name means one host: a URL with it has exactly this host, and it is no address', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.domain(),
    fc.ipV4Extended(),
    fc.stringMatching(/^[a-zA-Z0-9.:*-]{1,20}$/),
    fc.webUrl(),
  );
  fc.assert(
    fc.property(text, (name) => {
      if (hostProblem(name) !== undefined) return;
      const url = new URL(`http://${name}/`);
      assert.equal(url.host, hostName(name).replace(/:80$/, ''));
      assert.doesNotMatch(url.hostname, /^[\d.]+$/);
      assert.equal(url.username, '');
    }),
    { numRuns: 2_000 },
  );
});

test('every domain name is taken', () => {
  fc.assert(fc.property(fc.domain(), (name) => hostProblem(name) === undefined));
});
