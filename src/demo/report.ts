// How are the results told? One JSON document, or a table for people. Pure.

import { allHeld, isMinimum, type PromiseResult, promises } from './promises.ts';

export interface StepResult {
  id: string;
  ms: number;
  /** Why it could not be done; later steps were then skipped. */
  error?: string;
  [detail: string]: unknown;
}

export interface Machine {
  cpus: number;
  memoryBytes: number;
  kernel: string;
  node: string;
  volumes: string;
  network: string;
  notes: string[];
}

export interface DemoReport {
  ok: boolean;
  machine: Machine;
  steps: StepResult[];
  promises: PromiseResult[];
}

export function reportOf(parts: Omit<DemoReport, 'ok'>): DemoReport {
  const failed = parts.steps.some(({ error }) => error !== undefined);
  return { ok: !failed && allHeld(parts.promises), ...parts };
}

const titles: Record<string, string> = {
  'cold-start': 'Start a cluster of three nodes',
  apply: 'Create PostgreSQL on a claim',
  claims: 'Bind claims, one after another',
  write: 'Write rows over several connections',
  'control-plane-kills': 'Kill the control plane again and again',
  grow: 'Grow the volume under the database',
  backup: 'Back up, with hooks',
  'node-crash': 'Cut the power of the node',
  'agent-frozen': 'Freeze the agent of the node',
  'namespace-loss': 'Lose the namespace and restore it',
  'double-writes': 'Look for a second writer on the storage',
};

/** Nothing that is printed for people is wider: what a terminal shows without breaking lines by itself. */
const columnsMax = 120;

/** The whole report as text; ends with a newline. */
export function renderReport({ ok, machine, steps, promises: results }: DemoReport): string {
  const lines = [
    ...wrap(
      `Machine: ${machine.cpus} CPUs, ${gibibytes(machine.memoryBytes)} GiB, Linux ${machine.kernel}, Node ${machine.node}; ${machine.volumes} volumes`,
      columnsMax,
    ),
    ...machine.notes.flatMap((note) =>
      wrap(note, columnsMax - 8).map((line, index) => (index === 0 ? `  note: ${line}` : `        ${line}`)),
    ),
    '',
    table(
      ['step', 'took', 'measured'],
      steps.map((step) => [titles[step.id] ?? step.id, duration(step.ms), detailsOf(step)]),
    ),
    '',
    table(
      ['promise', 'bound', 'measured', 'verdict'],
      results.map((result) => [
        promises.find(({ id }) => id === result.id)?.what ?? result.id,
        result.bound === 0
          ? `0 ${result.unit}`
          : `${isMinimum(result.id) ? '≥' : '≤'} ${quantity(result.bound, result.unit)}`,
        result.measured === null ? '–' : quantity(result.measured, result.unit),
        verdict(result),
      ]),
    ),
    '',
    ok ? 'Every promise held.' : brokenText(steps, results),
    '',
  ];
  return lines.join('\n');
}

function brokenText(steps: readonly StepResult[], results: readonly PromiseResult[]): string {
  const broken = results.filter(({ held }) => held === false).map(({ id }) => id);
  const failed = steps.filter(({ error }) => error !== undefined).map(({ id, error }) => `Step ${id} failed: ${error}`);
  return [...failed, `NOT held: ${broken.join(', ') || 'none'}`].flatMap((text) => wrap(text, columnsMax)).join('\n');
}

function verdict({ held }: PromiseResult): string {
  if (held === 'not-offered') return 'not offered here';
  return held ? 'held' : 'NOT HELD';
}

/** The details of a step in words: `detectMs: 2512` becomes `detect 2.5 s`. */
function detailsOf({ id: _id, ms: _ms, error, ...details }: StepResult): string {
  if (error !== undefined) return `failed: ${error}`;
  return Object.entries(details)
    .filter(([, value]) => isPrintable(value))
    .map(([name, value]) => {
      if (name.endsWith('Ms') && typeof value === 'number') return `${words(name.slice(0, -2))} ${duration(value)}`;
      if (name.endsWith('MiB')) return `${words(name.slice(0, -3))} ${String(value)} MiB`;
      return `${words(name)} ${Array.isArray(value) ? value.join(', ') : String(value)}`;
    })
    .join(', ');
}

/** Figures, words, and lists of them; what is more than that is for the JSON document. */
function isPrintable(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each !== 'object');
  return value !== undefined && value !== null && typeof value !== 'object';
}

function words(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => ` ${letters.length > 1 ? letters : letters.toLowerCase()}`).trim();
}

/** `512 ms` or `2.5 s`. */
export function duration(ms: number): string {
  return Math.abs(ms) < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function quantity(value: number, unit: string): string {
  return unit === 'ms' ? duration(value) : `${value} ${unit}`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(0);
}

/** Columns as wide as their cells; the last one takes what is left of a line, and as many lines as it needs. */
function table(header: string[], rows: string[][]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0);
  widths[last] = Math.min(widths[last] ?? 0, columnsMax - before);
  const lines = (cells: string[]): string[] =>
    wrap(cells[last] ?? '', widths[last] ?? 0).map((text, index) =>
      [...cells.slice(0, last).map((cell, column) => (index === 0 ? cell : '').padEnd(widths[column] ?? 0)), text]
        .join(gap)
        .trimEnd(),
    );
  return [header, widths.map((width) => '─'.repeat(width)), ...rows].flatMap(lines).join('\n');
}

const gap = '  ';

/** Lines of at most `width` characters, broken after commas where that is possible, else at spaces. A longer word stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    // What belongs together, such as `rows lost 0,`, stays together unless it is wider than a line.
    const pieces = paragraph.split(/(?<=,) /).flatMap((piece) => (piece.length > width ? piece.split(' ') : [piece]));
    for (const piece of pieces) {
      if (line !== '' && line.length + 1 + piece.length > width) {
        lines.push(line);
        line = piece;
      } else line = line === '' ? piece : `${line} ${piece}`;
    }
    lines.push(line);
  }
  return lines;
}
