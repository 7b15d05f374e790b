// How does one object look in the form that was asked for?

import type { StoredObject } from '../cache/stored-object.ts';
import type { ObjectForm } from '../media-type.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import { partialMetadata } from './partial-metadata.ts';
import { tableOf } from './table.ts';

export interface FormOptions {
  form: ObjectForm;
  /** The query parameter of that name; see TableOptions. */
  includeObject: string | null;
  nowMs: number;
}

/** One object as a Table or as metadata alone. */
export function inForm(
  entry: CatalogueEntry,
  stored: StoredObject,
  { form, includeObject, nowMs }: FormOptions,
): unknown {
  switch (form.as) {
    case 'Object':
      return stored.object;
    case 'Table': {
      const metadata = { resourceVersion: stored.object.metadata.resourceVersion };
      return tableOf(entry, [stored], { version: form.version, includeObject, nowMs, metadata });
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partialMetadata(entry, stored.object, form.version);
    default:
      return form satisfies never;
  }
}
