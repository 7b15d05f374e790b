// How does an object of a request look in another version of its resource?

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StoredObject } from '../../cache/stored-object.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import { asStored, loadServed } from '../../registry/served-form.ts';

/** `object`, of `from`, in the form of `to`. Rejects with StatusError if a webhook fails to convert it. */
export async function inVersion(
  object: KubeObject,
  { from, to, signal }: { from: CatalogueEntry; to: CatalogueEntry; signal: AbortSignal },
): Promise<KubeObject> {
  if (from === to) return object;
  const stored = await asStored({ entry: from, signal }, object);
  const carrier = new StoredObject({ key: '', revision: 0, bytes: new Uint8Array(), object: stored });
  return (await loadServed({ entry: to, signal }, carrier)).object;
}
