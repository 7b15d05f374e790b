// Does a body name a field twice? JSON and YAML readers take the last; strict validation wants to know.
// Source: sigs.k8s.io/json and sigs.k8s.io/yaml, whose words these are.

/** What a text repeats, and where its fields stand, so that problems can be told in the order of the text. */
export interface RepeatedFields {
  /** What strict validation says, given the fields that the kind does not have. */
  problems(unknownFields: readonly string[]): string[];
  /** The same as warnings: one for each field. */
  warnings(unknownFields: readonly string[]): string[];
}

export const nothingRepeated: RepeatedFields = {
  problems: (unknownFields) => unknownFields.map(unknownField),
  warnings: (unknownFields) => unknownFields.map(unknownField),
};

/** Looks for repeated fields in the JSON `text` of `value`. */
export function repeatedInJson(text: string, value: unknown): RepeatedFields {
  if (hasFieldsOnce(text, value)) return nothingRepeated;
  const { repeated, firstAt } = scan(text);
  if (repeated.length === 0) return nothingRepeated;
  const list = (unknownFields: readonly string[]): string[] => {
    const known = repeated.filter(({ path }) => !unknownFields.some((each) => isWithin(path, each)));
    const found = [
      ...unknownFields.map((path) => ({ at: firstAt.get(path) ?? 0, problem: unknownField(path) })),
      ...known.map(({ path, at }) => ({ at, problem: `duplicate field ${JSON.stringify(path)}` })),
    ];
    return [...new Set(found.sort((a, b) => a.at - b.at).map(({ problem }) => problem))];
  };
  return { problems: list, warnings: list };
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
  const unknown = (fields: readonly string[]): string[] => [...fields].sort().map(unknownField);
  return {
    problems: (fields) => [
      `yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join('\n')}`,
      ...unknown(fields),
    ],
    warnings: (fields) => [...lines, ...unknown(fields)],
  };
}

function unknownField(path: string): string {
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
