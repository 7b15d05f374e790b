// In which order does Go's library write the keys of a mapping in YAML? Letters after everything else, numbers by their value.
// Source: go.yaml.in/yaml/v2, sorter.

const letter = /^\p{L}$/u;
const digit = /^\p{Nd}$/u;

/** Which of two different keys comes first: negative if it is `a`. */
export function byGoKeys(a: string, b: string): number {
  const [one, other] = [Array.from(a), Array.from(b)];
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at += 1) {
    if (one[at] !== other[at]) return atDifference(one, other, at);
  }
  return one.length - other.length;
}

function atDifference(one: string[], other: string[], at: number): number {
  const [a = '', b = ''] = [one[at], other[at]];
  const [isLetter, isOtherLetter] = [letter.test(a), letter.test(b)];
  if (isLetter !== isOtherLetter) return isLetter ? 1 : -1;
  if (isLetter) return codeOf(a) - codeOf(b);
  // A zero within a number is one of its digits, and not the beginning of another.
  const start = (a === '0' || b === '0') && isWithinNumber(one, at) ? 1 : 0;
  const [number, otherNumber] = [numberAt(one, at, start), numberAt(other, at, start)];
  if (number.value !== otherNumber.value) return number.value < otherNumber.value ? -1 : 1;
  if (number.end !== otherNumber.end) return number.end - otherNumber.end;
  return codeOf(a) - codeOf(b);
}

function isWithinNumber(characters: string[], at: number): boolean {
  for (let before = at - 1; before >= 0 && digit.test(characters[before] ?? ''); before -= 1)
    if (characters[before] !== '0') return true;
  return false;
}

/** The number whose digits begin here, after `start`, as Go counts it in 64 bits. */
function numberAt(characters: string[], at: number, start: number): { value: bigint; end: number } {
  let value = BigInt(start);
  let end = at;
  for (; digit.test(characters[end] ?? ''); end += 1)
    value = BigInt.asIntN(64, value * 10n + BigInt(codeOf(characters[end] ?? '') - 0x30));
  return { value, end };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
