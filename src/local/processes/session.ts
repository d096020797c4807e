import { EXIT } from '../../client/command-line/exit-codes.js';
import { failText } from '../../client/command-line/output.js';
import { PhasegateError } from '../../domain/failures.js';
import { Reaper } from './reaper.js';

/** What a command of the local stack needs to end well. */
export interface Session {
  readonly reaper: Reaper;
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP, or the end of the npm that started us. */
  readonly stopped: AbortSignal;
  /** The exit code when it is stopped; null for the usual 128 + signal. */
  codeWhenStopped: number | null;
  /** What a person who stops it is told first; null for nothing. */
  farewell: () => string | null;
  /** Work that is done last, when all processes have ended. */
  readonly onEnd: (() => void)[];
}

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a command. In whatever way it ends, all processes that it started are ended in order before this one exits. A
 * second Ctrl-C kills them at once.
 *
 * @param command - gives the exit code
 */
export async function runSession(command: (session: Session) => Promise<number>): Promise<never> {
  const controller = new AbortController();
  const session: Session = {
    reaper: new Reaper(),
    stopped: controller.signal,
    codeWhenStopped: null,
    farewell: () => null,
    onEnd: [],
  };
  const interrupted = new Promise<number>((resolve) => {
    const stop = (code: number): void => {
      if (controller.signal.aborted) return session.reaper.hurry();
      const words = session.farewell();
      console.error(words === null ? 'Stopping …' : `\n${words}\nStopping …`);
      controller.abort();
      resolve(session.codeWhenStopped ?? code);
    };
    for (const [signal, code] of Object.entries(SIGNAL_CODES)) process.on(signal, () => stop(code));
    whenNpmEnds(() => stop(SIGNAL_CODES.SIGHUP));
  });
  const code = await Promise.race([
    interrupted,
    command(session).catch((error: unknown) => (controller.signal.aborted ? 1 : explain(error))),
  ]);
  await session.reaper.finish();
  for (const last of session.onEnd) last();
  process.exit(code);
}

/** Resolves when the session is stopped. */
export async function untilStopped({ stopped }: Session): Promise<void> {
  if (!stopped.aborted) await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }));
}

function explain(error: unknown): number {
  console.error(`\n${failText(error).replace('npm run client -- COMMAND --help', 'npm start -- --help')}`);
  return error instanceof PhasegateError && error.code === 'usage_invalid' ? EXIT.usage : EXIT.failed;
}

// when npm is killed it passes no signal on: then we would live on, and nobody could stop us
function whenNpmEnds(act: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 500);
  watch.unref();
}
