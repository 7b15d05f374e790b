// Which values does a JSON path choose? The grammar of client-go's jsonpath, as far as CRDs' columns use it:
// fields, `['quoted']`, indexes and slices, `*`, unions, `..name`, and filters `[?(@.type=="Ready")]`.

import { isJsonObject } from './values/json.ts';

type Step =
  | { type: 'Field'; names: string[] }
  | { type: 'Wildcard' }
  | { type: 'Descend' }
  | { type: 'Slice'; start: number | undefined; end: number | undefined; step: number }
  | { type: 'Index'; indexes: number[] }
  | { type: 'Filter'; path: Step[]; operator: string | undefined; literal: unknown };

export type JsonPath = readonly Step[];

/** Not a JSON path that the server can follow. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

const word = /(?:[^.[\]{}\s\\]|\\.)+/y;

/** Reads `.status.conditions[?(@.type=="Ready")].status`. Throws JsonPathError. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('..', at)) {
      steps.push({ type: 'Descend' });
      at += 2;
      if (text[at] === '[') continue;
    } else if (text[at] === '.') {
      at += 1;
      // A dot before a bracket, or alone, means the place itself.
      if (at >= text.length || text[at] === '[') continue;
    } else if (text[at] === '[') {
      const end = closingBracket(text, at);
      steps.push(bracketStep(text.slice(at + 1, end)));
      at = end + 1;
      continue;
    } else if (at > 0) {
      throw new JsonPathError(`unexpected ${JSON.stringify(text[at])} in ${text}`);
    }
    word.lastIndex = at;
    const [name = ''] = word.exec(text) ?? [];
    if (name === '') throw new JsonPathError(`no field name in ${text} at ${at}`);
    steps.push(name === '*' ? { type: 'Wildcard' } : { type: 'Field', names: [name.replace(/\\(.)/g, '$1')] });
    at += name.length;
  }
  return steps;
}

function closingBracket(text: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let i = start; i < text.length; i++) {
    const character = text[i] as string;
    if (quote !== '') {
      if (character === '\\') i += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '[') depth += 1;
    else if (character === ']' && --depth === 0) return i;
  }
  throw new JsonPathError(`unterminated array in ${text}`);
}

function bracketStep(content: string): Step {
  const filter = /^\?\((.*)\)$/s.exec(content.trim());
  if (filter) return filterStep(filter[1] as string);
  if (content.trim() === '*') return { type: 'Wildcard' };
  if (/^\s*(['"]).*\1\s*$/s.test(content)) {
    const names = content.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g) ?? [];
    return { type: 'Field', names: names.map((name) => name.slice(1, -1).replace(/\\(.)/g, '$1')) };
  }
  const slice = /^\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(\d+)\s*)?$/.exec(content);
  if (slice) {
    const [, start, end, step = '1'] = slice;
    return { type: 'Slice', start: numberOf(start), end: numberOf(end), step: Number(step) };
  }
  if (/^\s*-?\d+\s*(?:,\s*-?\d+\s*)*$/.test(content)) return { type: 'Index', indexes: content.split(',').map(Number) };
  throw new JsonPathError(`invalid array index ${content}`);
}

function numberOf(text: string | undefined): number | undefined {
  return text ? Number(text) : undefined;
}

function filterStep(expression: string): Step {
  const [, path = '', operator, right = ''] = /^\s*@(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/s.exec(expression) ?? [];
  if (!expression.trim().startsWith('@')) throw new JsonPathError(`unsupported filter ${expression}`);
  return { type: 'Filter', path: [...parseJsonPath(path)], operator, literal: operator ? literalOf(right) : undefined };
}

function literalOf(text: string): unknown {
  if (/^(['"]).*\1$/s.test(text)) return text.slice(1, -1).replace(/\\(.)/g, '$1');
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  if (Number.isNaN(number)) throw new JsonPathError(`unsupported literal ${text}`);
  return number;
}

/** The chosen values, in order; none where the path leads nowhere. */
export function findByJsonPath(path: JsonPath, root: unknown): unknown[] {
  return path.reduce<unknown[]>((found, step) => found.flatMap((value) => follow(step, value)), [root]);
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.type) {
    case 'Field':
      return isJsonObject(value)
        ? step.names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name])
        : [];
    case 'Wildcard':
      return children(value);
    case 'Descend':
      return descendants(value);
    case 'Index':
      return Array.isArray(value)
        ? step.indexes.map((index) => value.at(index) as unknown).filter((item) => item !== undefined)
        : [];
    case 'Slice':
      return Array.isArray(value) ? value.slice(step.start, step.end).filter((_, i) => i % step.step === 0) : [];
    case 'Filter':
      return children(value).filter((item) => passes(step, item));
    default:
      return step satisfies never;
  }
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function passes({ path, operator, literal }: Extract<Step, { type: 'Filter' }>, item: unknown): boolean {
  const [value] = findByJsonPath(path, item);
  if (operator === undefined) return value !== undefined;
  if (value === undefined || typeof value !== typeof literal) return false;
  const [left, right] = [value as string | number, literal as string | number];
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}
