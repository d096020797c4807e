import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';

/** A part of the machine's system that every command can read. */
export interface SystemFile {
  flag: '--ro-bind' | '--ro-bind-try' | '--symlink';
  /** The file, or what the link says. */
  path: string;
  /** Where it appears; at its own place by default. */
  at?: string;
}

/** In /etc only what programs need to start, to speak TLS and to show text. Nothing of it holds a key or a token. */
const ETC = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'crypto-policies',
  'fonts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'magic',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'pki/ca-trust',
  'pki/java',
  'pki/tls/certs',
  'pki/tls/cert.pem',
  'pki/tls/openssl.cnf',
  'profile',
  'protocols',
  'services',
  'shells',
  'ssl/cert.pem',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
  'xml',
];
/** Folders that languages keep below /etc. */
const LANGUAGES = /^(?:java-[\w.-]+|maven|gradle|python[\d.]*|perl|ruby[\d.]*|php[\d.]*|dotnet|ghc)$/;

/** The system's files, found once. */
export const SYSTEM_FILES: readonly SystemFile[] = [
  { flag: '--ro-bind', path: '/usr' },
  ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].flatMap(rootEntry),
  ...ETC.map((name) => `/etc/${name}`).map(bindIfThere),
  ...listed('/etc')
    .filter((name) => LANGUAGES.test(name))
    .map((name) => bindIfThere(`/etc/${name}`)),
  // what NixOS and Guix have instead of /usr
  ...['/nix/store', '/gnu/store', '/run/current-system/sw'].map(bindIfThere),
];

/** On most systems /bin is a link to usr/bin; on others it is a folder. */
function rootEntry(name: string): SystemFile[] {
  const stats = look(`/${name}`);
  if (stats?.isSymbolicLink()) return [{ flag: '--symlink', path: readlinkSync(`/${name}`), at: `/${name}` }];
  return stats?.isDirectory() ? [{ flag: '--ro-bind', path: `/${name}` }] : [];
}

function bindIfThere(path: string): SystemFile {
  return { flag: '--ro-bind-try', path };
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
