/** What a fault did to the runs that met it. */
export interface FaultReport {
  /** In the words of the table in `docs/reliability.md`; no `|`. */
  fault: string;
  tried: number;
  runsLost: number;
  eventsLost: number;
  /** Completed model calls that were made again. */
  callsRepeated: number;
  /** From the end of the fault until the run went on; null where there is nothing to recover from. */
  recoverMs: number | null;
}

/** Prints the line of one fault; the table in `docs/reliability.md` is made from these lines. */
export function reportFault({ fault, tried, runsLost, eventsLost, callsRepeated, recoverMs }: FaultReport): void {
  const time = recoverMs === null ? '-' : Math.round(recoverMs);
  console.log(
    `FAULT | ${fault.replaceAll('|', '/')} | ${tried} | ${runsLost} | ${eventsLost} | ${callsRepeated} | ${time}`,
  );
}
