// How much can be said in one answer? Source: apiserver/pkg/endpoints/filters/warning.go.

/** Where warnings are longer than this together, each is cut. In characters. */
export const warningsLengthMax = 4 * 1024;
export const cutWarningLength = 256;

/** Do `warnings`, which all differ, leave no room for more? Who finds them by looking at pairs need not go on. */
export function leaveNoRoom(warnings: Iterable<string>): boolean {
  let length = 0;
  for (const text of warnings) {
    length += Math.min(text.length, cutWarningLength);
    // A character may be two to JavaScript.
    if (length >= 2 * warningsLengthMax) return true;
  }
  return false;
}
