// How does a stored object look in this API? Resources that share their objects with another convert them.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { StoredObject } from '../cache/stored-object.ts';
import type { CatalogueEntry } from './catalogue.ts';

const convertedByEntry = new WeakMap<CatalogueEntry, WeakMap<StoredObject, StoredObject>>();

/** The object in the form of `entry`; the same one if it is stored in that form. Converted once per revision. */
export function asServed(entry: CatalogueEntry, stored: StoredObject): StoredObject {
  const { fromStored } = entry.definition;
  if (!fromStored) return stored;
  let converted = convertedByEntry.get(entry);
  if (!converted) {
    converted = new WeakMap();
    convertedByEntry.set(entry, converted);
  }
  let served = converted.get(stored);
  if (!served) {
    const object = fromStored(stored.object);
    served = new StoredObject({
      key: stored.key,
      revision: stored.revision,
      bytes: Buffer.from(JSON.stringify(object)),
      object,
    });
    converted.set(stored, served);
  }
  return served;
}

/** The object in the form in which it is stored. */
export function asStored(entry: CatalogueEntry, object: KubeObject): KubeObject {
  return entry.definition.toStored?.(object) ?? object;
}
