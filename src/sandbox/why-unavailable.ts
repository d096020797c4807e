import { PhasegateError } from '../domain/failures.js';

/**
 * The failure of a machine that can't give a sandbox, with what to do there.
 *
 * @param words - what bubblewrap or the search for it said
 */
export function sandboxUnavailable(words: string, platform: NodeJS.Platform = process.platform): PhasegateError {
  return new PhasegateError(
    'sandbox_unavailable',
    `No sandbox can be started here: ${words.slice(0, 600)} ${adviceFor(words, platform)}`,
  );
}

function adviceFor(words: string, platform: NodeJS.Platform): string {
  if (platform !== 'linux')
    return 'Commands are isolated on Linux only. Run the worker in a Linux container or virtual machine, or set PHASEGATE_SANDBOX=none where the machine itself may be thrown away (commands then run without isolation), or PHASEGATE_SANDBOX=off (nothing is run).';
  if (/is not on the PATH|is no program|is version|no bubblewrap/.test(words))
    return 'Install bubblewrap 0.11 or newer (Debian 13 and Ubuntu 25.10 have it: apt install bubblewrap), or give its path in PHASEGATE_BWRAP; `npm run setup` gets one for the local stack.';
  if (/overlay/i.test(words))
    return 'The workspace must be on a disk that overlays can be on (ext4, xfs, btrfs; not the root of a container, NFS or FUSE).';
  return 'The system refuses user namespaces. On Ubuntu: allow them for bubblewrap by an AppArmor profile (docs/deploying.md), or sysctl kernel.apparmor_restrict_unprivileged_userns=0. In Docker: security_opt seccomp=deploy/seccomp.json, apparmor=unconfined, systempaths=unconfined, as in docker-compose.yml. On older Debian: sysctl kernel.unprivileged_userns_clone=1.';
}
