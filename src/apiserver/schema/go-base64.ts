// What does Go say of a text that is no base64? Pure. Source: encoding/base64, StdEncoding.

/** Go's words with the byte at which it gives up; undefined if the text can be decoded. */
export function base64Problem(text: string): string | undefined {
  const at = badByte(text);
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

/** Four characters are taken at a time. Line breaks are passed over, wherever they stand. */
function badByte(text: string): number | undefined {
  const odd = text.search(/[^A-Za-z0-9+/\r\n]/);
  const taken = text.slice(0, odd < 0 ? undefined : odd).replace(/[\r\n]/g, '').length % 4;
  if (odd < 0) return taken === 0 ? undefined : text.length - taken;
  if (text[odd] !== '=' || taken < 2) return odd;
  let next = afterBreaks(text, odd + 1);
  if (taken === 2) {
    if (next === text.length) return next;
    if (text[next] !== '=') return next - 1;
    next = afterBreaks(text, next + 1);
  }
  return next < text.length ? next : undefined;
}

function afterBreaks(text: string, start: number): number {
  let at = start;
  while (text[at] === '\n' || text[at] === '\r') at += 1;
  return at;
}
