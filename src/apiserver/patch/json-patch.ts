// What does a JSON patch make of a document? RFC 6902, with the liberties that upstream's library takes.
// Source: gopkg.in/evanphx/json-patch.v4.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { ownField, setField } from '../../apimachinery/json-fields.ts';
import { plainNumbers, WrittenNumber } from '../../apimachinery/written-number.ts';
import { isObject } from './merge-patch.ts';
import type { PatchedText } from './patched-text.ts';

export interface JsonPatchOperation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** An operation that can't be done. */
export class JsonPatchFailure extends Error {
  override readonly name: string = 'JsonPatchFailure';
}

/** A test that the document does not pass. */
export class JsonPatchTestFailure extends JsonPatchFailure {
  override readonly name = 'JsonPatchTestFailure';
}

/** Has it what all operations have? */
export function isOperation(value: unknown): value is JsonPatchOperation {
  if (!isObject(value)) return false;
  const { op, path, from = '' } = value;
  return typeof op === 'string' && typeof path === 'string' && typeof from === 'string';
}

/**
 * The patched document; `document` itself is changed. What becomes of its text is noted on `text`. Throws
 * JsonPatchFailure.
 */
export function applyJsonPatch(
  document: object,
  operations: readonly JsonPatchOperation[],
  text?: PatchedText,
): object {
  const root: Root = { document, text };
  for (const operation of operations) apply(root, operation);
  if (typeof root.document !== 'object' || root.document === null)
    throw new JsonPatchFailure('the patched document is no object');
  return root.document;
}

type Root = { document: unknown; text: PatchedText | undefined };

function apply(root: Root, operation: JsonPatchOperation): void {
  const { op, path, from = '', value } = operation;
  const isKnown = ['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(op);
  if (isKnown && typeof path !== 'string')
    throw new JsonPatchFailure(`${op} operation failed to decode path: missing value`);
  switch (op) {
    case 'add':
      return add(root, path, added(root, value));
    case 'remove':
      return remove(root, path, { op });
    case 'replace':
      // A key that an object lacks is set: clients of Kubernetes count on it.
      if (path === '') root.document = wholeOf(added(root, value));
      else put(place(root, path, op), added(root, value));
      return;
    case 'move': {
      const moved = get(root, from, op);
      remove(root, from, { op, told: from.slice(from.lastIndexOf('/') + 1) });
      return add(root, path, moved);
    }
    case 'copy': {
      const found = get(root, from, op);
      const copy: unknown = structuredClone(plainNumbers(found).value ?? null);
      root.text?.copied(found, copy);
      return add(root, path, copy);
    }
    case 'test':
      return test(root, path, value);
    default:
      throw new JsonPatchFailure(`Unexpected kind: ${typeof (op as unknown) === 'string' ? op : 'unknown'}`);
  }
}

function test(root: Root, path: string, value: unknown): void {
  const found = path === '' ? root.document : get(root, path, 'test');
  // A test for null passes where an object lacks the key.
  if (!jsonEqual(found ?? null, value ?? null))
    throw new JsonPatchTestFailure(`testing value ${path} failed: test failed`);
  root.text?.compared(found);
}

/** What is added belongs to the document: a later operation may reach into it, and the patch may be applied again. */
function added({ text }: Root, value: unknown): unknown {
  const copy = copyOf(value ?? null);
  text?.added(value, copy);
  return copy;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof WrittenNumber) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) setField(copy, key, copyOf(field));
  return copy;
}

function add(root: Root, path: string, value: unknown): void {
  if (path === '') {
    root.document = value;
    return;
  }
  const { container, key } = place(root, path, 'add');
  if (!Array.isArray(container)) put({ container, key }, value);
  else if (key === '-') container.push(value);
  else container.splice(indexIn(container, key, { last: container.length, op: 'add', path }), 0, value);
}

/** What may stand in place of a whole document. */
function wholeOf(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new JsonPatchFailure('replace operation value must be object or array: %!w(<nil>)');
}

/** Upstream's library tells the path, and of a move no more than its last step. */
function remove(root: Root, path: string, { op, told = path }: { op: string; told?: string }): void {
  const { container, key } = place(root, path, op);
  if (Array.isArray(container)) {
    container.splice(indexIn(container, key, { last: container.length - 1, op, path }), 1);
    return;
  }
  if (!Object.hasOwn(container, key))
    throw new JsonPatchFailure(
      `error in ${op} for path: '${told}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  delete container[key];
}

/** What is at `path`; undefined where an object lacks the key. */
function get(root: Root, path: string, op: string): unknown {
  const { container, key } = place(root, path, op);
  if (!Array.isArray(container)) return ownField(container, key);
  return container[indexIn(container, key, { last: container.length - 1, op, path })];
}

interface Place {
  container: Record<string, unknown> | unknown[];
  key: string;
}

function place(root: Root, path: string, op: string): Place {
  const found = path === '' ? undefined : find(root, path);
  if (!found)
    throw new JsonPatchFailure(
      `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
    );
  return found;
}

/** The object or list that the path ends in, and its last step. */
function find(root: Root, path: string): Place | undefined {
  const [first, ...steps] = path.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (first !== '' || steps.length === 0) return undefined;
  const key = steps.pop() as string;
  let container = root.document;
  for (const step of steps) {
    root.text?.reachedInto(container);
    if (Array.isArray(container)) container = /^-?\d+$/.test(step) ? container.at(Number(step)) : undefined;
    else container = isObject(container) ? ownField(container, step) : undefined;
  }
  root.text?.reachedInto(container);
  return Array.isArray(container) || isObject(container) ? { container, key } : undefined;
}

function put({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container))
    container[indexIn(container, key, { last: container.length - 1, op: 'replace', path: key })] = value;
  else setField(container, key, value);
}

/** Negative indexes count from the end. */
function indexIn(list: unknown[], key: string, { last, op, path }: { last: number; op: string; path: string }): number {
  const index = /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  const counted = index < 0 ? index + list.length + (op === 'add' ? 1 : 0) : index;
  if (counted >= 0 && counted <= last) return counted;
  throw new JsonPatchFailure(
    `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: invalid index referenced`,
  );
}
