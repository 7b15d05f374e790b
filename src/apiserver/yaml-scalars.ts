// What do plain words of YAML mean to the parser that upstream reads bodies with? Version 1.1, less times and base 60, with
// the octal numbers of 1.2. Source: go.yaml.in/yaml/v2, resolve.

import type { ScalarTag, Tags } from 'yaml';

const truths = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const falsehoods = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const decimal = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const infinite = /^([-+]?)\.(?:inf|Inf|INF)$/;
const notANumber = /^\.(?:nan|NaN|NAN)$/;

/** The value of a plain scalar that begins as numbers do; the text itself if it is none. */
export function numberOrText(text: string): number | string {
  // What begins with a dot is read as it is.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const [isInteger, sign, digits = ''] = integer.exec(plain) ?? [];
  if (isInteger !== undefined) return (sign === '-' ? -1 : 1) * Number(digits.replace(/^0[oO]?(?=[0-7])/, '0o'));
  if (decimal.test(plain)) {
    // One that no number can hold stays a text.
    const value = Number(plain);
    return Number.isFinite(value) ? value : text;
  }
  const [isInfinite, side] = infinite.exec(text) ?? [];
  if (isInfinite !== undefined) return side === '-' ? -Infinity : Infinity;
  return notANumber.test(text) ? Number.NaN : text;
}

const booleans: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: new RegExp(`${truths.source}|${falsehoods.source}`),
  resolve: (text) => truths.test(text),
};

const numbers: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+.0-9][-+.0-9a-zA-Z_]*$/,
  resolve: numberOrText,
};

const replaced = new Set(['bool', 'int', 'float'].map((name) => `tag:yaml.org,2002:${name}`));

/** The parser's tags with these in the place of its own. */
export function goTags(tags: Tags): Tags {
  return [...tags.filter((each) => typeof each === 'string' || !replaced.has(each.tag)), booleans, numbers];
}

/** JSON has no such numbers. Throws in the words of Go's encoder. */
export function finite(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new Error(`json: unsupported value: ${shown}`);
}
