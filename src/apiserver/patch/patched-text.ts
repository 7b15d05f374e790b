// How does upstream write what a patch has made? In the order of that text it names fields that a kind lacks.
// Source: gopkg.in/evanphx/json-patch.v4: what an operation reaches into is read, and written again with its fields
// sorted; all else stays the text that it was, with fields that are named twice.

import { ownField } from '../../apimachinery/json-fields.ts';
import { WrittenNumber } from '../../apimachinery/written-number.ts';
import { isObject } from './merge-patch.ts';
import { textsOfJson } from './texts-of-json.ts';

/** The text of a document while a JSON patch is applied to it. */
export class PatchedText {
  readonly #opened = new Set<unknown>();
  readonly #texts: Map<unknown, string>;

  /** `patch` may have been read from the text `of`. */
  constructor(patch: unknown, of?: string) {
    this.#texts = of === undefined ? new Map() : textsOfJson(of, patch);
  }

  reachedInto(container: unknown): void {
    this.#opened.add(container);
  }

  /** A test that was passed has looked at all of it. */
  compared(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    this.#opened.add(value);
    Object.values(value).forEach((each) => this.compared(each));
  }

  /** `copy` has come into the document in place of `value`, of the patch. */
  added(value: unknown, copy: unknown): void {
    const text = this.#texts.get(value);
    if (text !== undefined) this.#note(text, copy);
  }

  /** `copy` has come into the document as `found` is written there. */
  copied(found: unknown, copy: unknown): void {
    this.#note(this.of(found), copy);
  }

  #note(text: string, copy: unknown): void {
    for (const [value, own] of textsOfJson(text, copy)) this.#texts.set(value, own);
  }

  of(value: unknown): string {
    if (!this.#opened.has(value)) {
      const text = this.#texts.get(value);
      if (text !== undefined) return text;
    }
    if (Array.isArray(value)) return `[${value.map((item) => this.of(item)).join()}]`;
    if (value instanceof WrittenNumber) return value.text;
    if (!isObject(value)) return JSON.stringify(value ?? null);
    const keys = Object.keys(value);
    if (this.#opened.has(value)) keys.sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${this.of(value[key])}`).join()}}`;
  }
}

/** The text of what the merge patch `patch` has made: all that it says something of is read. */
export function mergedText(document: unknown, patch: unknown): string {
  const text = new PatchedText(patch);
  const merge = (value: unknown, said: unknown): void => {
    if (!isObject(said) || !isObject(value)) return text.compared(value);
    text.reachedInto(value);
    for (const key of Object.keys(said)) merge(ownField(value, key), said[key]);
  };
  merge(document, patch);
  return text.of(document);
}
