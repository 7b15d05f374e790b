// How is one step of a field path written? As the keys of fieldsV1: `f:name`, `k:{"name":"a"}`, `v:"x"`, `i:0`.

/** One step down a value, in its serialized form. Equal steps have equal texts. */
export type PathElement = string;

/** The field `name` of a map. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The list item with these key fields; the names in alphabetical order. */
export function keyElement(fields: readonly (readonly [name: string, value: unknown])[]): PathElement {
  return `k:{${fields.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(',')}}`;
}

/** The item `value` of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

/** The same step in the one form that it has here; undefined if its kind is unknown. Throws SyntaxError if it makes no sense. */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new SyntaxError('key must be 2 characters long:');
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(JSON.parse(content));
    case 'k':
      return keyElement(fieldsOf(content));
    case 'i':
      if (!/^-?\d+$/.test(content)) throw new SyntaxError(`no index: ${text}`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

/** A path as messages write it: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join('');
}

/** The order of steps in fieldsV1: fields, keys, values, indexes. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const [left, right] = [kindRank(a), kindRank(b)];
  if (left !== right) return left - right;
  if (left === 0) return a < b ? -1 : 1;
  const [first, second] = [a.slice(2), b.slice(2)];
  return left === 1 ? compareKeys(fieldsOf(first), fieldsOf(second)) : compareScalars(first, second);
}

function formatElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${content}`;
    case 'k':
      return `[${fieldsOf(content)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${content}]`;
    default:
      return `[${content}]`;
  }
}

const kinds = 'fkvi';

function kindRank(element: PathElement): number {
  return kinds.indexOf(element[0] as string);
}

type KeyField = [name: string, value: unknown];

function fieldsOf(json: string): KeyField[] {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) throw new SyntaxError(`no key fields: ${json}`);
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function compareKeys(a: KeyField[], b: KeyField[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [[leftName, left], [rightName, right]] = [a[i] as KeyField, b[i] as KeyField];
    if (leftName !== rightName) return leftName < rightName ? -1 : 1;
    const order = compareScalars(JSON.stringify(left), JSON.stringify(right));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers, then strings, then all else. */
function compareScalars(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b]: unknown[] = [JSON.parse(left), JSON.parse(right)];
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  if (typeof a === 'string') return -1;
  if (typeof b === 'string') return 1;
  return left < right ? -1 : 1;
}

/** JSON as Go writes it, which escapes what HTML would take for markup. */
function goJson(value: unknown): string {
  const json = JSON.stringify(value);
  return /[<>&\u2028\u2029]/.test(json) ? json.replace(/[<>&\u2028\u2029]/g, escapeCharacter) : json;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
