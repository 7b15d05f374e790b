// How is a regular expression from outside run? By RE2's rules, in linear time: no pattern can hang the server.

import { RE2JS, RE2JSSyntaxException } from 're2js';

const compiledMax = 1000;
const compiled = new Map<string, RE2JS>();

/** The pattern, compiled once. Throws RegexSyntaxError with Go's words. */
export function compileRegex(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const regex = parse(pattern);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, regex);
  return regex;
}

/** Is there a match anywhere in `text`? */
export function regexFinds(pattern: string, text: string): boolean {
  return compileRegex(pattern).matcher(text).find();
}

export class RegexSyntaxError extends Error {
  override readonly name = 'RegexSyntaxError';
}

function parse(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new RegexSyntaxError(error.message, { cause: error });
  }
}
