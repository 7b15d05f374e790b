// Which part of a list is a quarter of its text, and read by no rule? Taking it out of the bytes is quicker than parsing it.

const field = Buffer.from('"managedFields":[');
const [quote, backslash, comma, open, close, openMap, closeMap] = Buffer.from('"\\,[]{}');

/**
 * The JSON text without lists of that name, wherever they stand: no rule reads such a field. The text of a string can't
 * be taken for one, as its quotes are escaped. Text with white space between its signs, or cut off, stays as it is.
 */
export function withoutManagedFields(json: Buffer): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  for (let at = json.indexOf(field); at >= 0; at = json.indexOf(field, from)) {
    const end = endOfList(json, at + field.length - 1);
    if (end < 0) break;
    // With the comma that set it apart: the one before, or behind it where it is the first.
    const hasComma = json[at - 1] === comma;
    if (!hasComma && json[at - 1] !== openMap) break;
    kept.push(json.subarray(from, hasComma ? at - 1 : at));
    from = !hasComma && json[end + 1] === comma ? end + 2 : end + 1;
  }
  return kept.length === 0 ? json : Buffer.concat([...kept, json.subarray(from)]);
}

/** Where the list that opens at `start` is closed; -1 if it is not. */
function endOfList(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at);
    else if (byte === open || byte === openMap) depth += 1;
    else if ((byte === close || byte === closeMap) && --depth === 0) return at;
  }
  return -1;
}

function endOfString(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === backslash) at += 1;
    else if (json[at] === quote) return at;
  }
  return json.length;
}
