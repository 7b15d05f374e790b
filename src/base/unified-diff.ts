// How do two texts differ, line by line? In the unified format, with the pairing of lines that Python's difflib finds, and
// Go's port of it: the longest block that both have in common first, then what is on either side of it.

/** Lines of `before` from..until stand against lines of `after` from..until. */
interface Change {
  isSame: boolean;
  before: [number, number];
  after: [number, number];
}

/** In a text of so many lines, those that come up all the time don't pair it. */
const longText = 200;

/** Hunks with `context` lines around each change, without the names of files; empty if both texts are the same. */
export function unifiedDiff(before: string, after: string, context = 3): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  return grouped(changesOf(a, b), context)
    .map((group) => hunk(group, a, b))
    .join('');
}

function hunk(group: Change[], a: string[], b: string[]): string {
  const [first, last] = [group[0], group.at(-1)];
  if (!first || !last) return '';
  const header = `@@ -${range(first.before[0], last.before[1])} +${range(first.after[0], last.after[1])} @@\n`;
  const marked = (mark: string, lines: string[]): string => lines.map((line) => `${mark}${line}\n`).join('');
  const body = group.map(({ isSame, before, after }) =>
    isSame ? marked(' ', a.slice(...before)) : marked('-', a.slice(...before)) + marked('+', b.slice(...after)),
  );
  return header + body.join('');
}

function range(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}

/** The changes that are near each other, with what is around them. */
function grouped(changes: Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const [index, change] of changes.entries()) {
    if (!change.isSame) {
      group.push(change);
      continue;
    }
    const length = change.before[1] - change.before[0];
    const [isFirst, isLast] = [index === 0, index === changes.length - 1];
    if (!isFirst && !isLast && length <= 2 * context) {
      group.push(change);
      continue;
    }
    if (!isFirst) groups.push([...group, shorter(change, [0, Math.min(length, context)])]);
    group = isLast ? [] : [shorter(change, [Math.max(length - context, 0), length])];
  }
  return [...groups, group].filter((each) => each.some(({ isSame }) => !isSame));
}

function shorter({ isSame, before, after }: Change, [from, until]: [number, number]): Change {
  return {
    isSame,
    before: [before[0] + from, before[0] + until],
    after: [after[0] + from, after[0] + until],
  };
}

function changesOf(a: string[], b: string[]): Change[] {
  const changes: Change[] = [];
  const add = (isSame: boolean, before: [number, number], after: [number, number]): void => {
    const last = changes.at(-1);
    if (before[0] === before[1] && after[0] === after[1]) return;
    if (last?.isSame && isSame)
      Object.assign(last, { before: [last.before[0], before[1]], after: [last.after[0], after[1]] });
    else changes.push({ isSame, before, after });
  };
  const places = placesOf(b);
  const pair = (before: [number, number], after: [number, number]): void => {
    const { i, j, size } = longestMatch(a, { b, places, before, after });
    if (size === 0) return add(false, before, after);
    pair([before[0], i], [after[0], j]);
    add(true, [i, i + size], [j, j + size]);
    pair([i + size, before[1]], [j + size, after[1]]);
  };
  pair([0, a.length], [0, b.length]);
  return changes;
}

function placesOf(b: string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of b.entries()) {
    const found = places.get(line);
    if (found) found.push(index);
    else places.set(line, [index]);
  }
  if (b.length < longText) return places;
  const often = Math.floor(b.length / 100) + 1;
  return new Map([...places].filter(([, found]) => found.length <= often));
}

interface Part {
  b: string[];
  places: Map<string, number[]>;
  before: [number, number];
  after: [number, number];
}

/** The first of the longest blocks of lines that both parts have. */
function longestMatch(a: string[], { b, places, before, after }: Part): { i: number; j: number; size: number } {
  let best = { i: before[0], j: after[0], size: 0 };
  let lengths = new Map<number, number>();
  for (let i = before[0]; i < before[1]; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] ?? '') ?? []) {
      if (j < after[0] || j >= after[1]) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { i: i - size + 1, j: j - size + 1, size };
    }
    lengths = next;
  }
  let { i, j, size } = best;
  while (i > before[0] && j > after[0] && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < before[1] && j + size < after[1] && a[i + size] === b[j + size]) size++;
  return { i, j, size };
}
