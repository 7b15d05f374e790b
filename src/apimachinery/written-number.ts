// How was a number of JSON written? Go's types look at its text: `1e3` is no integer to them, and a quantity keeps it.

/** A number whose text says more than its value. */
export class WrittenNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  /** Where only the value counts. */
  toJSON(): number {
    return this.valueOf();
  }
}

/** May there be one? Texts with such a look are sought once more, with care. Each body is looked at: looking behind would cost ten times as much. */
const suspicious = /[:,[\s]-?(?:\d[\d.]*[eE]|\d+\.\d*0(?!\d)|0\.|\d[\d.]{15})/;
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** `value`, which the JSON `text` was parsed as, with its numbers as they were written, where that matters. */
export function withWrittenNumbers(text: string, value: unknown): unknown {
  if (!suspicious.test(text)) return value;
  const mark = unusedMark(JSON.stringify(value));
  let isMarked = false;
  const marked = text.replace(tokens, (token) => {
    if (token.startsWith('"') || token === '-0' || String(Number(token)) === token) return token;
    isMarked = true;
    return JSON.stringify(mark + token);
  });
  if (!isMarked) return value;
  return JSON.parse(marked, (_key, each: unknown) =>
    typeof each === 'string' && each.startsWith(mark) ? new WrittenNumber(each.slice(mark.length)) : each,
  );
}

/** What no text of the body begins with, so that none is taken for a number. Short, whatever the body says. */
function unusedMark(body: string): string {
  const used = new Set([...body.matchAll(/number (\d+) /g)].map(([, taken]) => taken));
  let free = 0;
  while (used.has(String(free))) free += 1;
  return `number ${free} `;
}

/** `value` with plain numbers alone, and the text of one that none can hold. `value` itself is not changed. */
export function plainNumbers(value: unknown): { value: unknown; tooLarge?: string } {
  let tooLarge: string | undefined;
  const plain = (each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each;
    if (each instanceof WrittenNumber) {
      const number = each.valueOf();
      if (!Number.isFinite(number)) tooLarge ??= each.text;
      return number;
    }
    if (Array.isArray(each)) return withSame(each, each.map(plain));
    const fields = Object.entries(each);
    const changed = fields.map(([key, field]): [string, unknown] => [key, plain(field)]);
    return changed.every(([, field], at) => field === fields[at]?.[1]) ? each : Object.fromEntries(changed);
  };
  return { value: plain(value), ...(tooLarge !== undefined && { tooLarge }) };
}

function withSame(list: unknown[], changed: unknown[]): unknown[] {
  return changed.every((item, at) => item === list[at]) ? list : changed;
}

/** Is it a number that a Go integer of so many bits is read from? */
export function isGoInteger(value: unknown, bits: 32 | 64): value is number | WrittenNumber {
  if (value instanceof WrittenNumber)
    return /^-?\d{1,19}$/.test(value.text) && BigInt.asIntN(bits, BigInt(value.text)) === BigInt(value.text);
  const limit = 2 ** (bits - 1);
  return Number.isInteger(value) && (value as number) >= -limit && (value as number) < limit;
}

/** `number 1.50`: the words of Go's decoder for a number that does not fit. */
export function foundNumber(value: number | WrittenNumber): string {
  return `number ${value instanceof WrittenNumber ? value.text : value}`;
}
