/** Numbers of system calls, and the name of the architecture, as `seccomp` knows them. */
interface Architecture {
  audit: number;
  /** Calls that no build or test needs, and in which faults of the kernel are found. */
  refused: readonly number[];
  /** Calls whose arguments can't be looked at from here: programs go on with the older ones. */
  missing: readonly number[];
  /** Calls that set a file's mode, with the argument that has it. */
  modes: readonly [call: number, argument: number][];
  /** Calls that may create a file, with the arguments that have their flags and the mode. */
  opens: readonly [call: number, flags: number, mode: number][];
  ioctl: number;
  /** From this number on calls belong to another set of them. */
  end: number;
}

const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, Architecture>>> = {
  x64: {
    audit: 0xc000003e,
    // add_key request_key keyctl bpf perf_event_open userfaultfd mount umount2 pivot_root unshare setns
    // kexec_load kexec_file_load init_module finit_module delete_module quotactl swapon swapoff reboot acct
    // open_by_handle_at syslog open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
    refused: [
      ...[248, 249, 250, 321, 298, 323, 165, 166, 155, 272, 308],
      ...[246, 320, 175, 313, 176, 179, 167, 168, 169, 163],
      ...[304, 103, 428, 429, 430, 431, 432, 433, 442],
    ],
    // io_uring_setup io_uring_enter io_uring_register openat2
    missing: [425, 426, 427, 437],
    // chmod fchmod fchmodat fchmodat2 creat mknod mknodat
    modes: [
      ...([
        [90, 1],
        [91, 1],
        [268, 2],
        [452, 2],
      ] as [number, number][]),
      ...([
        [85, 1],
        [133, 1],
        [259, 2],
      ] as [number, number][]),
    ],
    // open openat
    opens: [
      [2, 1, 2],
      [257, 2, 3],
    ],
    ioctl: 16,
    end: 0x40000000,
  },
  arm64: {
    audit: 0xc00000b7,
    refused: [
      ...[217, 218, 219, 280, 241, 282, 40, 39, 41, 97, 268],
      ...[104, 294, 105, 273, 106, 60, 224, 225, 142, 89],
      ...[265, 116, 428, 429, 430, 431, 432, 433, 442],
    ],
    missing: [425, 426, 427, 437],
    // fchmod fchmodat fchmodat2 mknodat
    modes: [
      [52, 1],
      [53, 2],
      [452, 2],
      [33, 2],
    ],
    opens: [[56, 2, 3]],
    ioctl: 29,
    end: 0x40000000,
  },
};

/** Set user id, set group id. */
const SET_ID = 0o6000;
const CREATES = 0o100 | 0o20000000;
/** Requests that type into a terminal, and that paste into a console. */
const TYPING = [0x5412, 0x541c];

const [LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN] = [0x20, 0x15, 0x35, 0x45, 0x06];
const [NUMBER, ARCHITECTURE, ARGUMENTS] = [0, 4, 16];
const ALLOW = 0x7fff0000;
const refuse = (errno: number): number => 0x00050000 | errno;
const [EPERM, ENOSYS] = [1, 38];

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number];

/**
 * A filter for system calls, as bubblewrap's `--seccomp` takes it: a file can't be made set-user-id (it would be one of
 * the worker's user, outside), nobody types into a terminal, and calls that only administrators need are refused.
 *
 * @returns null for an architecture that it doesn't know
 */
export function syscallFilter(arch: NodeJS.Architecture = process.arch): Buffer | null {
  const known = ARCHITECTURES[arch];
  if (known === undefined) return null;
  const end = (value: number): Instruction => [RETURN, 0, 0, value];
  const argument = (n: number): Instruction => [LOAD, 0, 0, ARGUMENTS + 8 * n];
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, known.audit],
    end(refuse(ENOSYS)),
    [LOAD, 0, 0, NUMBER],
    [AT_LEAST, 0, 1, known.end],
    end(refuse(ENOSYS)),
    ...known.refused.flatMap((call): Instruction[] => [[EQUAL, 0, 1, call], end(refuse(EPERM))]),
    ...known.missing.flatMap((call): Instruction[] => [[EQUAL, 0, 1, call], end(refuse(ENOSYS))]),
    ...known.modes.flatMap(([call, mode]): Instruction[] => [
      [EQUAL, 0, 4, call],
      argument(mode),
      [ANY_BIT, 0, 1, SET_ID],
      end(refuse(EPERM)),
      end(ALLOW),
    ]),
    ...known.opens.flatMap(([call, flags, mode]): Instruction[] => [
      [EQUAL, 0, 6, call],
      argument(flags),
      [ANY_BIT, 0, 3, CREATES],
      argument(mode),
      [ANY_BIT, 0, 1, SET_ID],
      end(refuse(EPERM)),
      end(ALLOW),
    ]),
    [EQUAL, 0, 5, known.ioctl],
    argument(1),
    ...TYPING.map((request, n): Instruction => [EQUAL, TYPING.length - n, 0, request]),
    end(ALLOW),
    end(refuse(EPERM)),
    end(ALLOW),
  ];
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(([code, ifTrue, ifFalse, value], n) => {
    bytes.writeUInt16LE(code, 8 * n);
    bytes.writeUInt8(ifTrue, 8 * n + 2);
    bytes.writeUInt8(ifFalse, 8 * n + 3);
    bytes.writeUInt32LE(value, 8 * n + 4);
  });
  return bytes;
}
