/** A command: a line for the shell `/bin/sh`, or a program with its arguments, which no shell reads. */
export type CommandLine = string | string[];

/** The hosts that a command may reach: none, those that are named, or all that the worker's machine reaches. */
export type CommandNetwork = 'none' | 'host' | string[];

/** Which sandbox a worker has: bubblewrap, no isolation, or no commands at all. */
export type SandboxKind = 'bwrap' | 'none' | 'off';
