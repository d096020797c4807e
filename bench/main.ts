// `npm run bench`: what phasegate costs, against the floor and against its peers, in one table. See bench/README.md.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { runSession } from '../src/local/processes/session.js';
import { openBench, type Bench } from './bench.js';
import { describeMachine, describeVersions, load } from './machine.js';
import { measureCold } from './measures/cold.js';
import { measureEngine } from './measures/engine.js';
import { measureEvents } from './measures/events.js';
import { measureGrowth } from './measures/growth.js';
import { measureLag } from './measures/lag.js';
import { measureModel } from './measures/model.js';
import { measureNpmStart } from './measures/npm-start.js';
import { measureProcesses } from './measures/processes.js';
import { measureRequestBytes } from './measures/request-bytes.js';
import { measureSlowModel } from './measures/slow-model.js';
import { measureStatements } from './measures/statements.js';
import { measureThroughput } from './measures/throughput.js';
import { measureWaiting } from './measures/waiting.js';
import { readOptions, USAGE } from './options.js';
import { markdownTable, type Finding } from './results.js';

/** In this order; later ones find the contenders that earlier ones brought up. */
const MEASURES: Record<string, (bench: Bench) => Promise<Finding>> = {
  events: measureEvents,
  engine: measureEngine,
  throughput: measureThroughput,
  model: measureModel,
  'slow-model': measureSlowModel,
  lag: measureLag,
  statements: measureStatements,
  processes: measureProcesses,
  requests: measureRequestBytes,
  growth: measureGrowth,
  waiting: measureWaiting,
  cold: measureCold,
  start: measureNpmStart,
};

await runSession(async (session) => {
  const options = readOptions(process.argv.slice(2), Object.keys(MEASURES));
  if (options.help || options.list) {
    console.log(options.help ? USAGE : Object.keys(MEASURES).join('\n'));
    return 0;
  }
  const began = Date.now();
  // the table alone goes to stdout
  const say = (line: string): void =>
    console.error(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const loadBefore = load();
  const bench = await openBench(session, options, say);
  const findings: Record<string, Finding & { seconds: number; load: number[] }> = {};
  for (const [name, measure] of Object.entries(MEASURES)) {
    if (session.stopped.aborted) return 1;
    if (options.only && !options.only.includes(name)) continue;
    say(`${name} …`);
    const start = Date.now();
    findings[name] = {
      ...(await measure(bench).catch((error: unknown) => failed(name, error))),
      seconds: (Date.now() - start) / 1000,
      load: load(),
    };
  }
  const rows = Object.values(findings).flatMap((finding) => finding.rows);
  const versions = await describeVersions(
    bench.surroundings.temporalCli,
    await bench.surroundings.database('versions'),
  );
  const machine = describeMachine();
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(markdownTable(rows));
  for (const text of Object.values(findings).flatMap(({ details = [] }) => details)) console.log(`\n${text}`);
  console.log(
    `\n${Object.values(machine).join(' · ')} · load before ${loadBefore.join(' ')} · ${seconds} s${options.quick ? ' · --quick: these numbers say that it works, not how fast it is' : ''}`,
  );
  if (options.output) {
    const samples = Object.fromEntries(
      Object.entries(findings).map(([name, { samples, seconds, load }]) => [name, { seconds, load, samples }]),
    );
    const { rounds, waiting, sizes, quick } = options;
    writeFileSync(
      options.output,
      `${JSON.stringify({ at: new Date(began).toISOString(), seconds, machine, versions, loadBefore, options: { quick, rounds, waiting, sizes }, rows, measures: samples }, rounded, 1)}\n`,
    );
    say(`written: ${relative(process.cwd(), options.output)}`);
  }
  return rows.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
});

/** A measure that did not work is reported, and the others still count. */
function failed(name: string, error: unknown): Finding {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(text);
  return {
    rows: [
      { measure: name, measured: `failed: ${text.split('\n')[0] ?? ''}`, ratio: '–', target: '–', verdict: 'failed' },
    ],
    samples: { error: text },
  };
}

/** Milliseconds to three digits: more would only fill the file. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
