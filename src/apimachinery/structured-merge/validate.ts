// Does an applied configuration fit its type? Unlike other writes, it may name nothing that the schema does not know.
// Source: structured-merge-diff/typed validate.

import { fieldElement, formatPath, type PathElement } from '../fieldpath/path-element.ts';
import { itemElement, TypeMismatch } from './list-item.ts';
import { formOf, isFields, type ListType, type MapType, type MergeType, type ScalarType } from './merge-type.ts';

/** What does not fit, in upstream's words; undefined if all does. */
export function typeProblem(value: unknown, type: MergeType): string | undefined {
  const problems: string[] = [];
  visit(value, type, { path: [], problems });
  if (problems.length < 2) return problems[0];
  return ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
}

interface Place {
  path: readonly PathElement[];
  problems: string[];
}

function report({ path, problems }: Place, message: string): void {
  problems.push(path.length === 0 ? message : `${formatPath(path)}: ${message}`);
}

function visit(value: unknown, type: MergeType, place: Place): void {
  if (value === null || value === undefined) return;
  switch (formOf(type, value)) {
    case 'map':
      if (isFields(value)) visitFields(value, type.map as MapType, place);
      else report(place, `expected map, got &{${goText(value)}}`);
      return;
    case 'list':
      if (Array.isArray(value)) visitItems(value, type.list as ListType, place);
      else report(place, `expected list, got &{${goText(value)}}`);
      return;
    default:
      visitScalar(value, type.scalar, place);
  }
}

function visitFields(fields: Record<string, unknown>, map: MapType, place: Place): void {
  for (const [name, value] of Object.entries(fields)) {
    const type = map.field(name) ?? map.element;
    const at = { ...place, path: [...place.path, fieldElement(name)] };
    if (type) visit(value, type, at);
    else return report(at, 'field not declared in schema');
  }
}

function visitItems(items: readonly unknown[], list: ListType, place: Place): void {
  const seen = new Set<PathElement>();
  for (const [index, item] of items.entries()) {
    let element: PathElement = `i:${index}`;
    if (!list.isAtomic) {
      try {
        element = itemElement(list, item);
      } catch (error) {
        if (!(error instanceof TypeMismatch)) throw error;
        return report(place, `element ${index}: ${error.message}`);
      }
      if (seen.has(element)) report(place, `duplicate entries for key ${formatPath([element])}`);
      seen.add(element);
    }
    visit(item, list.element, { ...place, path: [...place.path, element] });
  }
}

function visitScalar(value: unknown, scalar: ScalarType | undefined, place: Place): void {
  const found = typeof value;
  switch (scalar) {
    case 'numeric':
      if (found !== 'number') report(place, `expected numeric (int or float), got ${goType(value)}`);
      return;
    case 'string':
      if (found !== 'string') report(place, `expected string, got &value.valueUnstructured{Value:${goText(value)}}`);
      return;
    case 'boolean':
      if (found !== 'boolean') report(place, `expected boolean, got &{${goText(value)}}`);
      return;
    default:
      if (found === 'object') report(place, `expected any scalar, got &{${goText(value)}}`);
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'map[string]interface {}' : typeof value;
}

/** A value as Go prints it. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isFields(value)) return value === null ? '<nil>' : String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${goText(value[name])}`).join(' ')}]`;
}
