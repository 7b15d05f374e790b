// How do watch events look to those who asked for a Table or for metadata alone?

import { eventFrame } from '../cache/json-frames.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { EventType, Frames } from '../cache/watcher.ts';
import type { ObjectForm } from '../media-type.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { StatusBody } from '../status-body.ts';
import { inForm } from './in-form.ts';
import { columnDefinitions } from './table.ts';

/** Frames of one watch; only the first Table carries the column definitions, as upstream's do. */
export class FormFrames implements Frames {
  readonly #entry: CatalogueEntry;
  readonly #options: { form: ObjectForm; includeObject: string | null; now: () => number };
  #hasSentColumns = false;

  constructor(entry: CatalogueEntry, options: { form: ObjectForm; includeObject: string | null; now: () => number }) {
    this.#entry = entry;
    this.#options = options;
  }

  object(type: EventType, stored: StoredObject): Uint8Array {
    const { form, includeObject, now } = this.#options;
    const value = inForm(this.#entry, stored, { form, includeObject, nowMs: now() });
    if (form.as === 'Table' && this.#hasSentColumns) {
      return eventFrame(type, { ...(value as object), columnDefinitions: null });
    }
    this.#hasSentColumns = true;
    return eventFrame(type, value);
  }

  bookmark(revision: number, annotations?: Record<string, string>): Uint8Array {
    const { form } = this.#options;
    const resourceVersion = String(revision);
    const metadata = { resourceVersion, ...(annotations && { annotations }) };
    if (form.as !== 'Table') {
      const version = form.as === 'Object' ? 'v1' : form.version;
      return eventFrame('BOOKMARK', { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata });
    }
    const object = { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.version}`, metadata };
    const columns = this.#hasSentColumns ? null : columnDefinitions(this.#entry);
    this.#hasSentColumns = true;
    return eventFrame('BOOKMARK', {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata: { resourceVersion },
      columnDefinitions: columns,
      rows: [{ cells: [], object }],
    });
  }

  error(status: StatusBody): Uint8Array {
    return eventFrame('ERROR', status);
  }
}
