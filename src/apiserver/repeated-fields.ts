// Does a body name a field twice? JSON and YAML readers take the last; strict validation wants to know.
// Source: sigs.k8s.io/json and sigs.k8s.io/yaml, whose words these are.

/** What a text repeats, and where its fields stand, so that problems can be told in the order of the text. */
export interface RepeatedFields {
  /** What strict validation says, given the fields that the kind does not have. */
  problems(unknownFields: readonly string[]): string[];
  /** The same as warnings: one for each field. */
  warnings(unknownFields: readonly string[]): string[];
  /** A text of JSON that names fields twice. */
  text?: string;
}

/** Go's decoder remembers no more of them. */
const problemsMax = 100;
const firstUnknown = (unknownFields: readonly string[]): string[] =>
  unknownFields.slice(0, problemsMax).map(unknownField);

export const nothingRepeated: RepeatedFields = { problems: firstUnknown, warnings: firstUnknown };

/** Looks for repeated fields in the JSON `text` of `value`. */
export function repeatedInJson(text: string, value: unknown): RepeatedFields {
  if (hasFieldsOnce(text, value)) return nothingRepeated;
  const scanned = scan(text);
  if (scanned.repeated.length === 0) return nothingRepeated;
  const list = (unknownFields: readonly string[]): string[] => inOrder(scanned, unknownFields);
  return { problems: list, warnings: list, text };
}

/** What strict validation says of the JSON `text` of an object, whose kind does not have the `unknownFields`. */
export function problemsInJson(text: string, unknownFields: readonly string[]): string[] {
  return inOrder(scan(text), unknownFields);
}

function inOrder({ repeated, firstAt }: ReturnType<typeof scan>, unknownFields: readonly string[]): string[] {
  const known = repeated.filter(({ path }) => !unknownFields.some((each) => isWithin(path, each)));
  const found = [
    ...unknownFields.map((path) => ({ at: firstAt.get(path) ?? 0, problem: unknownField(path) })),
    ...known.map(({ path, at }) => ({ at, problem: `duplicate field ${JSON.stringify(path)}` })),
  ];
  const told = new Set(found.sort((a, b) => a.at - b.at).map(({ problem }) => problem));
  return [...told].slice(0, problemsMax);
}

/** Has the text as many colons as its value? Then no field of it was dropped. One that is written as an escape may mislead: then false. */
function hasFieldsOnce(text: string, value: unknown): boolean {
  return !text.includes('\\u') && colonsIn(text) === colonsOf(value);
}

function colonsOf(value: unknown): number {
  if (typeof value === 'string') return colonsIn(value);
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += colonsOf(item);
    return count;
  }
  for (const key in value) count += 1 + colonsIn(key) + colonsOf((value as Record<string, unknown>)[key]);
  return count;
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** The findings of a YAML reader: `line 5: key "a" already set in map`. */
export function repeatedInYaml(lines: readonly string[]): RepeatedFields {
  if (lines.length === 0) return nothingRepeated;
  const unknown = (fields: readonly string[]): string[] => firstUnknown([...fields].sort());
  return {
    problems: (fields) => [
      `yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join('\n')}`,
      ...unknown(fields),
    ],
    warnings: (fields) => [...lines, ...unknown(fields)],
  };
}

/** What is said of a field that a kind does not have. */
export function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

function isWithin(path: string, above: string): boolean {
  return (
    path.startsWith(above) && (path.length === above.length || path[above.length] === '.' || path[above.length] === '[')
  );
}

interface Level {
  /** Of the object or list itself. */
  path: string;
  /** Of the field or item whose value comes next. */
  at: string;
  keys: Set<string> | undefined;
  index: number;
  isKeyNext: boolean;
}

function scan(text: string): { repeated: { path: string; at: number }[]; firstAt: Map<string, number> } {
  const repeated: { path: string; at: number }[] = [];
  const firstAt = new Map<string, number>();
  const levels: Level[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      const path = level?.at ?? '';
      const isObject = token === '{';
      levels.push({
        path,
        at: isObject ? path : `${path}[0]`,
        keys: isObject ? new Set() : undefined,
        index: 0,
        isKeyNext: isObject,
      });
    } else if (token === '}' || token === ']') {
      levels.pop();
    } else if (!level) {
      continue;
    } else if (token === ',') {
      if (level.keys) level.isKeyNext = true;
      else level.at = `${level.path}[${++level.index}]`;
    } else if (level.keys && level.isKeyNext) {
      const key = JSON.parse(token) as string;
      level.isKeyNext = false;
      level.at = level.path === '' ? key : `${level.path}.${key}`;
      if (level.keys.has(key)) repeated.push({ path: level.at, at: index });
      else if (!firstAt.has(level.at)) firstAt.set(level.at, index);
      level.keys.add(key);
    }
  }
  return { repeated, firstAt };
}
