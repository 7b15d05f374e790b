// What does every benchmark do beside measuring? It takes flags, says how far it is, and prints a table and JSON.

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { ParseArgsConfig } from 'node:util';
import { type Row, renderJson, renderTable } from './rows.ts';

/** For `parseArgs`. */
export const benchFlags = {
  /** Only these rows, by id. */
  only: { type: 'string', multiple: true, default: [] as string[] },
  runs: { type: 'string', default: '3' },
  /** Folder for CPU profiles of what is measured. */
  'cpu-prof': { type: 'string' },
} satisfies ParseArgsConfig['options'];

export interface Bench {
  runs: number;
  /** Is any of these rows asked for? */
  wants(...ids: string[]): boolean;
  /** A line for whoever waits, on standard error. */
  note(line: string): void;
  add(id: string, row: Omit<Row, 'id'>): void;
  /** How busy the machine is beside the benchmark, for notes: the one-minute load average, and what other machines took of its processors since the last call. */
  surroundings(): string;
  /** Measures part by part, then prints the table and, as the last line, JSON. */
  measure(parts: readonly (() => Promise<void>)[]): Promise<void>;
}

export function createBench({ only, runs }: { only: readonly string[]; runs: string }): Bench {
  const rows: Row[] = [];
  let before = processorTimes();
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  return {
    runs: Number(runs),
    wants: (...ids) => only.length === 0 || ids.some((id) => only.includes(id)),
    note,
    add(id, row) {
      rows.push({ id, ...row });
      note(`  ${row.what}: ${row.value.toFixed(1)} ${row.unit}`);
    },
    surroundings() {
      const [since, now] = [before, processorTimes()];
      before = now;
      const share = (100 * (now.stolen - since.stolen)) / Math.max(1, now.total - since.total);
      return `load average ${loadavg()[0]?.toFixed(1)}, ${share.toFixed(1)} % of the processors taken by other machines`;
    },
    async measure(parts) {
      const loads = loadavg().map((each) => each.toFixed(1));
      note(`Load average before: ${loads.join(' ')}; figures count only on a machine that does nothing else.`);
      for (const part of parts) await part();
      const unknown = only.filter((id) => rows.every((row) => row.id !== id));
      if (unknown.length > 0)
        throw new Error(`There is no row ${unknown}; leave --only out to see all, or give it once for each`);
      process.stdout.write(`${renderTable(rows)}\n${renderJson(rows)}\n`);
    },
  };
}

/** In ticks, of all processors. The kernel's order: user, nice, system, idle, iowait, irq, softirq, steal. */
function processorTimes(): { stolen: number; total: number } {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { stolen: ticks[7] ?? 0, total: ticks.reduce((sum, each) => sum + each, 0) };
}
