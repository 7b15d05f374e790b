// How does a stored object look in this API? Resources that share their objects with another, and
// versions of one resource, convert them.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { assert } from '../../base/assert.ts';
import { StoredObject } from '../cache/stored-object.ts';
import type { CatalogueEntry } from './catalogue.ts';

const convertedByEntry = new WeakMap<CatalogueEntry, WeakMap<StoredObject, StoredObject>>();

/**
 * The object in the form of `entry`; the same one if it is stored in that form. Converted once per revision.
 * What a webhook has to convert must have been through `prepareServed`.
 */
export function asServed(entry: CatalogueEntry, stored: StoredObject): StoredObject {
  const { fromStored } = entry.definition;
  if (!fromStored) return stored;
  const known = convertedOf(entry).get(stored);
  if (known) return known;
  assert(!needsWebhook(entry, stored), `${stored.key} was not converted to ${entry.apiVersion} before it was served`);
  return remember(entry, stored, fromStored(stored.object));
}

/** Lets the resource's webhook convert what needs it, in one call. Resolves at once where none does. Rejects with StatusError. */
export async function prepareServed(
  operation: { entry: CatalogueEntry; signal: AbortSignal },
  stored: Iterable<StoredObject>,
): Promise<void> {
  const { entry } = operation;
  const { custom, fromStored } = entry.definition;
  if (!custom?.converter || !fromStored) return;
  const known = convertedOf(entry);
  const waiting = [...stored].filter((each) => needsWebhook(entry, each) && !known.has(each));
  if (waiting.length === 0) return;
  const converted = await custom.converter(
    waiting.map(({ object }) => object),
    entry.apiVersion,
    operation.signal,
  );
  for (const [i, each] of waiting.entries()) remember(entry, each, fromStored(converted[i] as KubeObject));
}

/** As `asServed`, with the webhook's help where it takes that. */
export async function loadServed(
  operation: { entry: CatalogueEntry; signal: AbortSignal },
  stored: StoredObject,
): Promise<StoredObject> {
  if (operation.entry.definition.custom?.converter) await prepareServed(operation, [stored]);
  return asServed(operation.entry, stored);
}

/** The object in the form in which it is stored. Rejects with StatusError if a webhook fails to convert it. */
export async function asStored(
  operation: { entry: CatalogueEntry; signal: AbortSignal },
  object: KubeObject,
): Promise<KubeObject> {
  const { entry } = operation;
  const { toStored, custom, storedApiVersion = entry.apiVersion } = entry.definition;
  if (custom?.converter && storedApiVersion !== entry.apiVersion) {
    const [converted] = await custom.converter([object], storedApiVersion, operation.signal);
    return converted as KubeObject;
  }
  return toStored?.(object) ?? object;
}

function needsWebhook({ definition, apiVersion }: CatalogueEntry, { object }: StoredObject): boolean {
  return definition.custom?.converter !== undefined && object.apiVersion !== apiVersion;
}

function convertedOf(entry: CatalogueEntry): WeakMap<StoredObject, StoredObject> {
  let converted = convertedByEntry.get(entry);
  if (!converted) {
    converted = new WeakMap();
    convertedByEntry.set(entry, converted);
  }
  return converted;
}

function remember(entry: CatalogueEntry, stored: StoredObject, object: KubeObject): StoredObject {
  const { key, revision } = stored;
  const isSame = object === stored.object;
  const bytes = isSame ? stored.bytes : Buffer.from(JSON.stringify(object));
  const served = isSame ? stored : new StoredObject({ key, revision, bytes, object });
  convertedOf(entry).set(stored, served);
  return served;
}
