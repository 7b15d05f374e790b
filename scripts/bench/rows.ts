// What does the benchmark promise, and what did it find? The rows of its table.

export interface Row {
  id: string;
  what: string;
  value: number;
  unit: string;
  /** Absent of what only tells how the machine is. */
  target?: { atLeast: number } | { atMost: number };
}

/** The middle value; of two middles the lower. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('There is no median of nothing');
  return middle;
}

/** The value that `share` of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('There is no percentile of nothing');
  return found;
}

type Target = NonNullable<Row['target']>;

function isMet(value: number, target: Target): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

const targetText = (target: Target): string => ('atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`);
const round = (value: number): number => (value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);

/** The table for people. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [
    ['What', 'Measured', 'Target', 'Met'],
    ...rows.map(({ what, value, unit, target }) => [
      what,
      `${round(value)} ${unit}`,
      target ? targetText(target) : '–',
      target ? (isMet(value, target) ? 'yes' : 'no') : '–',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The one line for programs. */
export function renderJson(rows: readonly Row[]): string {
  return JSON.stringify({
    rows: rows.map(({ id, value, unit, target }) => ({
      id,
      value: round(value),
      unit,
      ...(target && { target: targetText(target), met: isMet(value, target) }),
    })),
  });
}
