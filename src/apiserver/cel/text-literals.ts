// Which characters or bytes does a quoted literal stand for? Source: cel-go/parser/unescape.go.

const simpleEscapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};
const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gsu;

/** The text of a string literal between its quotes; undefined if an escape stands for nothing. */
export function unescapeText(raw: string): string | undefined {
  let isSound = true;
  const text = raw.replace(escape, (...match: (string | undefined)[]) => {
    const [, hex, short, long, octal, one = ''] = match;
    const code = codeOf({ hex: hex ?? short ?? long, octal });
    if (code === undefined) {
      isSound &&= Object.hasOwn(simpleEscapes, one);
      return simpleEscapes[one] ?? '';
    }
    isSound &&= code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isSound ? String.fromCodePoint(code) : '';
  });
  return isSound ? text : undefined;
}

/** The bytes of a bytes literal: `\x` and octal escapes are single bytes, all else is UTF-8. */
export function unescapeBytes(raw: string): Uint8Array | undefined {
  const chunks: Buffer[] = [];
  let end = 0;
  for (const match of raw.matchAll(escape)) {
    const [all, hex, , , octal] = match;
    const code = codeOf({ hex, octal });
    const text = unescapeText(raw.slice(end, code === undefined ? match.index + all.length : match.index));
    if (text === undefined) return undefined;
    chunks.push(Buffer.from(text));
    if (code !== undefined) chunks.push(Buffer.from([code]));
    end = match.index + all.length;
  }
  const rest = unescapeText(raw.slice(end));
  return rest === undefined ? undefined : new Uint8Array(Buffer.concat([...chunks, Buffer.from(rest)]));
}

function codeOf({ hex, octal }: { hex: string | undefined; octal: string | undefined }): number | undefined {
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}
