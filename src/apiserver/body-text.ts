// Is the text of a body JSON or YAML that the server can safely work with?

import { StatusError } from '../apimachinery/status-error.ts';

/**
 * Objects may be nested this deep. Upstream's limit is 10,000; what walks over objects here calls itself per level,
 * and no kind comes near this.
 */
const nestingMax = 500;

const [quote, backslash] = [0x22, 0x5c];

/** Texts of YAML may hold brackets that nest nothing; more than these open at once are an attack on its parser. */
const openBracketsMax = 2000;

/** Throws BadRequest if a YAML text would keep its parser busy for seconds. */
export function refuseOpenBrackets(bytes: Uint8Array): void {
  let depth = 0;
  for (const byte of bytes) {
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    if (depth > openBracketsMax)
      throw new StatusError(
        'BadRequest',
        `error converting YAML to JSON: more than ${openBracketsMax} brackets are open`,
      );
  }
}

/** Can no more than `most` brackets be open at once, because there are no more? Native search, so that most bodies cost nothing. */
function opensAtMost(bytes: Uint8Array, most: number): boolean {
  if (bytes.byteLength <= most) return true;
  let left = most;
  for (const opening of [0x7b, 0x5b]) {
    for (let at = bytes.indexOf(opening); at >= 0; at = bytes.indexOf(opening, at + 1)) {
      left -= 1;
      if (left < 0) return false;
    }
  }
  return true;
}

/** Throws BadRequest if a JSON text is nested too deeply. */
export function refuseDeepNesting(bytes: Uint8Array): void {
  if (opensAtMost(bytes, nestingMax)) return;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isInText = false;
    } else if (byte === quote) isInText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > nestingMax)
        throw new StatusError('BadRequest', `the body can't be read: it exceeds the max depth of ${nestingMax}`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
}

/** `the object provided is unrecognized …`: what is said of a body without a version and kind that can be read. */
export function unrecognized(kind: string, why: string, text: string): StatusError {
  return new StatusError(
    'BadRequest',
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summaryOf(text)})`,
  );
}

const summaryBytes = 30;

/** Source: apiserver/pkg/endpoints/handlers, summarizeData. */
function summaryOf(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength === 0) return '<empty>';
  const shown = bytes.subarray(0, summaryBytes).toString(text.startsWith('{') ? 'utf8' : 'hex');
  return bytes.byteLength > summaryBytes ? `${shown} ...` : shown;
}
