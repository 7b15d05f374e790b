// What does Go say of a text that is no base64? Pure. Source: encoding/base64, StdEncoding.

/** Go's words with the byte at which it gives up; undefined if the text can be decoded. */
export function base64Problem(text: string): string | undefined {
  // Line breaks are passed over, wherever they stand.
  const plain = text.replace(/[\r\n]/g, '');
  const bad = plain.search(/[^A-Za-z0-9+/=]/);
  const padding = plain.indexOf('=');
  const isPadded = padding < 0 || /^={1,2}$/.test(plain.slice(padding));
  if (bad < 0 && isPadded && plain.length % 4 === 0) return undefined;
  const at = bad >= 0 ? bad : isPadded ? plain.length - (plain.length % 4) : padding;
  return `illegal base64 data at input byte ${at}`;
}
