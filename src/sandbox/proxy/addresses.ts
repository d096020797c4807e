import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Addresses that belong to this machine or its link, the metadata services of clouds among them. */
const LOCAL: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['::', 127],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  // these have an IPv4 address in them
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
];
const PRIVATE: readonly [string, number][] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['fc00::', 7],
];
const local = blockList(LOCAL);
const privates = blockList(PRIVATE);

/**
 * The address to connect to. It is looked up once and then used, so that a name can't have another address a moment
 * later. A name must not lead to this machine or its link, nor to a private network, unless it is an address itself,
 * `localhost`, or a name that the operator allows.
 *
 * @param host - in its normal form
 * @param privateHosts - names that may have an address of a private network
 * @throws Error with words for the command
 */
export async function addressOf(host: string, privateHosts: readonly string[]): Promise<string> {
  const literal = host.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) return literal;
  const found = await lookup(host, { all: true });
  const allowed = found.find(({ address }) => host === 'localhost' || isAllowed(address, privateHosts.includes(host)));
  if (allowed) return allowed.address;
  const addresses = found.map(({ address }) => address).join(', ');
  throw new Error(
    `${host} has the address ${addresses}, which is not a public one. An operator can allow it for a private network: PHASEGATE_SANDBOX_PRIVATE_HOSTS`,
  );
}

function isAllowed(address: string, mayBePrivate: boolean): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return !local.check(address, family) && (mayBePrivate || !privates.check(address, family));
}

function blockList(ranges: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges) list.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}
