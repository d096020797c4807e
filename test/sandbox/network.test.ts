import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { addressOf } from '../../src/sandbox/proxy/addresses.js';
import { isNamed, normalHost, parseNamedHost } from '../../src/sandbox/proxy/named-host.js';
import { isolated, openTestSandbox, SKIP } from './support/sandboxes.js';

const stack = SKIP === false ? await openTestSandbox() : null;
const { run, folder } = stack ?? ({} as NonNullable<typeof stack>);

/** Asks the proxy as tools do, by a tunnel and by plain HTTP. */
const ASK = `
const net = require('node:net');
const { port } = new URL(process.env.HTTPS_PROXY);
const ask = (head) => new Promise((resolve) => {
  const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(head));
  let text = '';
  socket.on('data', (d) => { text += d; if (/^HTTP.1.1 200 Connection/.test(text) && !/GET/.test(head)) { socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'); head = 'GET'; } });
  socket.on('close', () => resolve(text)); socket.on('error', (e) => resolve(e.code));
});
(async () => { for (const target of process.argv.slice(1)) {
  const answer = await ask(target.startsWith('http') ? 'GET ' + target + ' HTTP/1.1\\r\\nHost: y\\r\\nConnection: close\\r\\n\\r\\n' : 'CONNECT ' + target + ' HTTP/1.1\\r\\nHost: y\\r\\n\\r\\n');
  console.log(JSON.stringify(target), /the page/.test(answer) ? 'REACHED' : answer.split('\\r\\n')[0]);
} })();`;

isolated('a named host is reached, by a tunnel and by plain HTTP, and no other', async (t) => {
  const port = await server(t);
  const other = await server(t);
  const { output } = await run(
    [
      'node',
      '-e',
      ASK,
      `127.0.0.1:${port}`,
      `http://127.0.0.1:${port}/`,
      `127.0.0.1:${other}`,
      `localhost:${port}`,
      `http://127.0.0.1:${other}/`,
      `http://user@127.0.0.1:${port}@evil.example/`,
      `evil.example:443`,
      `127.0.0.1:${port}.evil.example:443`,
      `169.254.169.254:80`,
      `[::1]:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `127.0.0.1\t:${port}`,
      `:${port}`,
    ],
    { network: [`127.0.0.1:${port}`] },
  );
  const lines = output.text.trim().split('\n');
  assert.deepEqual(
    lines.filter((line) => line.includes('REACHED')),
    [`"127.0.0.1:${port}" REACHED`, `"http://127.0.0.1:${port}/" REACHED`],
    output.text,
  );
  assert.equal(lines.length, 13);
});

isolated('without names there is no proxy, and with an empty list no host', async () => {
  assert.equal((await run('echo "$HTTPS_PROXY"')).output.text, '\n');
  const { output } = await run(['node', '-e', ASK, 'registry.npmjs.org:443'], { network: [] });
  assert.match(output.text, /403 The sandbox lets this command reach its named hosts only/);
});

isolated('npm installs from a named registry, with its own tools, through the proxy', async (t) => {
  const place = folder();
  const registry = await npmRegistry(t);
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', dependencies: { tiny: '1.0.0' } }),
  );
  const install = `npm install --registry http://127.0.0.1:${registry}/ --no-audit --no-fund && rm -r node_modules && npm ci --registry http://127.0.0.1:${registry}/ --no-audit && node -p 'require("tiny")'`;
  const refused = await run(install, {
    folder: place,
    network: ['registry.example'],
    env: { npm_config_fetch_retries: '0' },
  });
  assert.notEqual(refused.exitCode, 0);
  const { output, exitCode } = await run(install, {
    folder: place,
    network: [`127.0.0.1:${registry}`],
    env: { npm_config_noproxy: '', NO_PROXY: '', no_proxy: '' },
  });
  assert.equal(exitCode, 0, output.text);
  assert.match(output.text, /tiny works\n$/);
});

isolated(
  'a background process that holds a connection ends with the command, and so does the connection',
  async (t) => {
    const http = createServer(() => undefined);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    t.after(() => http.close());
    const { port } = http.address() as AddressInfo;
    const closed = once(http, 'connection').then(([socket]) => once(socket as NodeJS.EventEmitter, 'close'));
    await run(
      `node -e 'const s = require("net").connect(Number(new URL(process.env.HTTP_PROXY).port), "127.0.0.1", () => { s.write("CONNECT 127.0.0.1:${port} HTTP/1.1\\r\\n\\r\\n"); s.on("data", () => console.log("open")); })' & while ! [ -s out ]; do sleep 0.05; [ -e never ] && break; i=$((i+1)); [ $i -gt 20 ] && break; done; true`,
      { network: [`127.0.0.1:${port}`] },
    );
    await closed;
  },
);

test('names of one host have one form', () => {
  const forms: [string, string | null][] = [
    ['Registry.NPMJS.org.', 'registry.npmjs.org'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['[::0:1]', '[::1]'],
    ['a\0b', null],
    ['a b', null],
    ['a%62', null],
    ['a@b', null],
    ['a/b', null],
    ['a#b', null],
    ['a:1', null],
    ['', null],
    ['.', null],
    ['*.a', null],
    ['x'.repeat(300), null],
  ];
  for (const [text, form] of forms) assert.equal(normalHost(text), form, JSON.stringify(text));
});

test('a name stands for the ports of the web, or for the one that it has', () => {
  const named = ['a.example', 'b.example:8081'].map(parseNamedHost).filter((one) => one !== null);
  const reached = [
    ['a.example', 443],
    ['a.example', 80],
    ['a.example', 5432],
    ['b.example', 8081],
    ['b.example', 443],
    ['c.example', 443],
  ].filter(([host, port]) => isNamed(String(host), Number(port), named));
  assert.deepEqual(
    reached.map((one) => one.join(':')),
    ['a.example:443', 'a.example:80', 'b.example:8081'],
  );
});

test('a name that leads to this machine or a private network is refused', async () => {
  await assert.rejects(addressOf('ip6-localhost.localhost', []), /.*/);
  const { hostname } = await import('node:os').then((os) => ({ hostname: os.hostname() }));
  const { lookup } = await import('node:dns/promises');
  const own = await lookup(hostname).catch(() => null);
  if (own !== null && /^(127|10|192\.168|::1|169\.254)/.test(own.address))
    await assert.rejects(addressOf(hostname.toLowerCase(), []), /not a public one/);
  assert.equal(await addressOf('127.0.0.1', []), '127.0.0.1');
});

async function server(t: TestContext): Promise<number> {
  const http = createServer((_request, response) => response.end('the page'));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => http.close());
  return (http.address() as AddressInfo).port;
}

/** A registry with one package. */
async function npmRegistry(t: TestContext): Promise<number> {
  const { execFileSync } = await import('node:child_process');
  const { mkdtempSync, mkdirSync, readFileSync, rmSync } = await import('node:fs');
  const { createHash } = await import('node:crypto');
  const root = mkdtempSync('/tmp/phasegate-registry-');
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'package'));
  writeFileSync(join(root, 'package/package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0', main: 'i.js' }));
  writeFileSync(join(root, 'package/i.js'), `module.exports = 'tiny works';`);
  execFileSync('tar', ['-czf', 'tiny-1.0.0.tgz', 'package'], { cwd: root });
  const bytes = readFileSync(join(root, 'tiny-1.0.0.tgz'));
  const http = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return void response.end(bytes);
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    const dist = { tarball: `http://${request.headers.host}/tiny-1.0.0.tgz`, integrity };
    const version = { name: 'tiny', version: '1.0.0', main: 'i.js', dist };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: 'tiny', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => http.close());
  return (http.address() as AddressInfo).port;
}
