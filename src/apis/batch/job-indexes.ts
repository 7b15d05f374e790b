// Which indexes does a text such as `0-2,5` name? Upstream's form of the finished pods of an indexed job, with its texts.

type Interval = [first: number, last: number];

/** How many indexes below `completions` the text names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let total = 0;
  let before: number | undefined;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    const [first, last] = interval;
    if (before !== undefined && before >= first) return outOfOrder(before, first);
    total += last - first + 1;
    before = last;
  }
  return total;
}

/** What is said of indexes that have both failed and completed; undefined where none has. */
export function overlapOf(failed: string, completed: string, completions: number): string | undefined {
  // What can't be read is told of elsewhere.
  const of = (text: string): Interval[] =>
    text === ''
      ? []
      : text
          .split(',')
          .map((part) => parseInterval(part, completions))
          .filter((interval) => typeof interval !== 'string');
  const done = of(completed);
  const common = of(failed).flatMap(([first, last]) =>
    done.filter((each) => each[0] <= last && first <= each[1]).map((each) => Math.max(each[0], first)),
  );
  if (common.length === 0) return undefined;
  return `failedIndexes and completedIndexes overlap at index: ${Math.min(...common)}`;
}

function parseInterval(text: string, completions: number): Interval | string {
  const [low = '', high, ...more] = text.split('-');
  if (more.length > 0) {
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const first = parseIndex(low, completions);
  if (typeof first === 'string') return first;
  if (high === undefined) return [first, first];
  const last = parseIndex(high, completions);
  if (typeof last === 'string') return last;
  return first >= last ? outOfOrder(first, last) : [first, last];
}

function parseIndex(text: string, completions: number): number | string {
  if (!/^[+-]?\d+$/.test(text)) return `cannot convert string to integer for index: ${JSON.stringify(text)}`;
  return Number(text) >= completions ? `too large index: ${JSON.stringify(text)}` : Number(text);
}

function outOfOrder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
