// Which objects does a label selector choose? Grammar, matching and messages of apimachinery's labels package.

import type { LabelSelector } from './meta.ts';
import { labelKey, labelValue } from './validation.ts';

export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  key: string;
  operator: SelectorOperator;
  /** Empty for `exists` and `!`; one value for all but `in` and `notin`. */
  values: string[];
}

/** All requirements must hold; none means everything. */
export type Selector = Requirement[];

/** Not a selector. The message is upstream's; the API server answers BadRequest with it. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

type TokenType = ')' | ',' | '!' | '==' | '=' | '>' | 'in' | '<' | '!=' | 'notin' | '(' | 'identifier' | 'end';

interface Token {
  type: TokenType;
  text: string;
}

const keywords: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', 'in', '<', '!=', 'notin', '(']);
const binaryOperators = 'in, notin, =, ==, !=, gt, lt';

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [word] of text.matchAll(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g)) {
    tokens.push({ type: keywords.has(word) ? (word as TokenType) : 'identifier', text: word });
  }
  return [...tokens, { type: 'end', text: '' }];
}

class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Selector {
    const selector: Selector = [];
    if (this.#peekWord().type === 'end') return selector;
    for (;;) {
      const start = this.#peekWord();
      if (start.type !== 'identifier' && start.type !== '!') {
        const expected = selector.length > 0 ? "identifier after ','" : "!, identifier, or 'end of string'";
        throw new SelectorError(`found '${start.text}', expected: ${expected}`);
      }
      selector.push(this.#requirement());
      const next = this.#takeWord();
      if (next.type === 'end') return selector;
      if (next.type !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
    }
  }

  #requirement(): Requirement {
    try {
      return this.#parseRequirement();
    } catch (error) {
      if (error instanceof SelectorError)
        throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
      throw error;
    }
  }

  #parseRequirement(): Requirement {
    const isNegated = this.#peekWord().type === '!';
    if (isNegated) this.#takeWord();
    const key = this.#takeWord();
    if (key.type !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`);
    const next = this.#peekWord().type;
    if (isNegated) return requirement(key.text, '!', []);
    if (next === 'end' || next === ',') return requirement(key.text, 'exists', []);
    const operator = this.#operator();
    return requirement(key.text, operator, operator === 'in' || operator === 'notin' ? this.#list() : [this.#value()]);
  }

  #operator(): SelectorOperator {
    const token = this.#take();
    switch (token.type) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return token.type;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw new SelectorError(`found '${token.text}', expected: ${binaryOperators}`);
    }
  }

  #value(): string {
    const token = this.#peekWord();
    if (token.type === 'end' || token.type === ',') return '';
    if (token.type !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return this.#takeWord().text;
  }

  #list(): string[] {
    const open = this.#takeWord();
    if (open.type !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    let current = '';
    for (;;) {
      const token = this.#takeWord();
      if (token.type === 'identifier' && current === '') {
        current = token.text;
      } else if (token.type === ',' || token.type === ')') {
        values.add(current);
        current = '';
        if (token.type === ')') return [...values].sort();
      } else {
        throw new SelectorError(`found '${token.text}', expected: ',', ')' or identifier`);
      }
    }
  }

  #take(): Token {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] ?? { type: 'end', text: '' };
    this.#position += 1;
    return token;
  }

  /** Where no operator can stand, `in` and `notin` are names. */
  #takeWord(): Token {
    return asWord(this.#take());
  }

  #peekWord(): Token {
    return asWord(this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] ?? { type: 'end', text: '' });
  }
}

function asWord(token: Token): Token {
  return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', text: token.text } : token;
}

function requirement(key: string, operator: SelectorOperator, values: string[]): Requirement {
  const [keyError] = labelKey(key);
  if (keyError) throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyError}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    throw new SelectorError("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    const why = 'values set must be empty for exists and does not exist';
    throw new SelectorError(`values: Invalid value: ${JSON.stringify(values)}: ${why}`);
  }
  for (const value of values) {
    if ((operator === 'gt' || operator === 'lt') && !/^[+-]?[0-9]+$/.test(value)) {
      throw new SelectorError(
        `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const [valueError] = labelValue(value);
    if (valueError)
      throw new SelectorError(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${valueError}`);
  }
  return { key, operator, values };
}

/** Reads `app=web,tier in (a,b),!canary`. Throws SelectorError. */
export function parseSelector(text: string): Selector {
  return new Parser(text).parse();
}

const objectOperators: Record<string, SelectorOperator> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The selector of a LabelSelector object; an empty one chooses everything. Throws SelectorError. */
export function selectorOf(object: LabelSelector): Selector {
  const equalities = Object.entries(object.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  const expressions = (object.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const known = objectOperators[operator];
    if (!known) throw new SelectorError(`"${operator}" is not a valid label selector operator`);
    return requirement(key, known, values);
  });
  return [...equalities, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Do `labels` meet every requirement? */
export function matchesSelector(selector: Selector, labels: Record<string, string> | undefined): boolean {
  return selector.every((each) => meets(each, labels ?? {}));
}

/** Do `labels` meet the LabelSelector object? No selector (undefined) chooses nothing, an empty one everything. */
export function matchesLabelSelector(
  object: LabelSelector | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  return object !== undefined && matchesSelector(selectorOf(object), labels);
}

/** As `matchesLabelSelector`; undefined for an object that is no selector. */
export function selects(
  object: LabelSelector | undefined,
  labels: Record<string, string> | undefined,
): boolean | undefined {
  try {
    return matchesLabelSelector(object, labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return undefined;
  }
}

function meets({ key, operator, values }: Requirement, labels: Record<string, string>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0] ?? 0);
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0] ?? 0);
    default:
      return operator satisfies never;
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^-?[0-9]+$/.test(value);
}

/** The text of a selector, as upstream writes it; parsing it gives an equal selector. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0] ?? ''}`;
  }
}

/** A LabelSelector object as tables show it; `<none>` when it chooses nothing in particular. */
export function formatLabelSelector(object: LabelSelector | undefined): string {
  if (!object) return '<none>';
  try {
    return formatSelector(selectorOf(object)) || '<none>';
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return '<error>';
  }
}

/** A map of labels as tables show it. */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}
