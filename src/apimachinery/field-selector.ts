// Which objects does a field selector choose? Grammar and messages of apimachinery's fields package.

import { SelectorError } from './selectors.ts';

export interface FieldRequirement {
  /** `status.phase`. */
  field: string;
  operator: '=' | '!=';
  value: string;
}

/** All requirements must hold; none means everything. */
export type FieldSelector = FieldRequirement[];

/** Reads `spec.nodeName=node-1,status.phase!=Succeeded`. `\\`, `,` and `=` are escaped with a backslash in values. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).filter((term) => term !== '');
  return terms.map((term) => {
    const match = /^((?:[^=!\\]|!(?!=)|\\.)*?)(!=|==|=)(.*)$/s.exec(term);
    const [, field = '', operator = '', value = ''] = match ?? [];
    if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
  });
}

function splitTerms(text: string): string[] {
  const terms = [''];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === ',') {
      terms.push('');
      continue;
    }
    const isEscape = character === '\\' && index + 1 < text.length;
    if (isEscape) index += 1;
    terms[terms.length - 1] += isEscape ? `\\${text[index]}` : character;
  }
  return terms;
}

function unescapeValue(value: string): string {
  if (/(?:^|[^\\])(?:\\\\)*=/.test(value))
    throw new SelectorError(`invalid field selector: unescaped character in value: =`);
  const unescaped = value.replace(/\\([\\,=])/g, '$1');
  const bad = /(?:^|[^\\])(?:\\\\)*(\\(?![\\,=]).?)/u.exec(value);
  if (bad) throw new SelectorError(`invalid field selector: invalid escape sequence: ${bad[1]}`);
  return unescaped;
}

/** Does the object whose fields `read` gives meet every requirement? A field that is absent reads as ''. */
export function matchesFields(selector: FieldSelector, read: (field: string) => string): boolean {
  return selector.every(({ field, operator, value }) => (read(field) === value) === (operator === '='));
}

/** The text of a selector; parsing it gives an equal selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/** The only value that `field` may have for who is chosen by `text`; undefined without one, and for a text that is no selector. */
export function requiredValue(text: string, field: string): string | undefined {
  if (!text.includes(field)) return undefined;
  try {
    return parseFieldSelector(text).find((each) => each.field === field && each.operator === '=')?.value;
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
