// How do objects become an answer? In the form that was asked for, from the cached bytes where that form is JSON.

import { StatusError } from '../../apimachinery/status-error.ts';
import { JsonFrames } from '../cache/json-frames.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { Frames } from '../cache/watcher.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { ObjectList } from '../registry/list.ts';
import { bytesResponse, jsonResponse } from '../respond.ts';
import type { ApiResponse } from '../types.ts';
import { FormFrames } from './form-frames.ts';
import { type FormOptions, inForm } from './in-form.ts';
import { partialMetadata } from './partial-metadata.ts';
import { tableOf } from './table.ts';

const comma = Buffer.from(',');
const newline = Buffer.from('\n');
/** One for all who watch a resource, so that an event is written once. */
const jsonFrames = new WeakMap<CatalogueEntry, JsonFrames>();
const brace = Buffer.from('{');
const commaBrace = Buffer.from(',{');

const openings = new WeakMap<CatalogueEntry, Buffer>();

/** How the bytes of every object of the kind begin. */
function openingOf(entry: CatalogueEntry): Buffer {
  let opening = openings.get(entry);
  if (!opening) {
    const { kind, apiVersion } = entry;
    opening = Buffer.from(`${JSON.stringify({ kind, apiVersion }).slice(0, -1)},`);
    openings.set(entry, opening);
  }
  return opening;
}

/** An answer of one object. */
export function objectResponse(
  entry: CatalogueEntry,
  stored: StoredObject,
  options: FormOptions & { status: number },
): ApiResponse {
  if (options.form.as === 'PartialObjectMetadataList')
    throw wrongForm(entry, 'PartialObjectMetadataList, but the requested object is not a list', entry.kind);
  return options.form.as === 'Object'
    ? bytesResponse(options.status, [stored.bytes, newline])
    : jsonResponse(options.status, inForm(entry, stored, options));
}

/** An answer of a list. */
export function listResponse(
  entry: CatalogueEntry,
  list: ObjectList,
  { form, includeObject, nowMs }: FormOptions,
): ApiResponse {
  const metadata = {
    resourceVersion: String(list.revision),
    ...(list.continueToken !== undefined && { continue: list.continueToken }),
    ...(list.remaining !== undefined && { remainingItemCount: list.remaining }),
  };
  switch (form.as) {
    case 'Object':
      return bytesResponse(200, listBytes(entry, list.items, metadata));
    case 'Table':
      return jsonResponse(200, tableOf(entry, list.items, { version: form.version, includeObject, nowMs, metadata }));
    case 'PartialObjectMetadata':
      throw wrongForm(entry, 'PartialObjectMetadata, but the requested object is a list', entry.definition.listKind);
    case 'PartialObjectMetadataList': {
      const items = list.items.map(({ object }) => partialMetadata(entry, object, form.version));
      return jsonResponse(200, {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${form.version}`,
        metadata,
        items,
      });
    }
    default:
      return form satisfies never;
  }
}

/** The refusal of one object's form for a list, or the other way round. Source: apiserver's handlers, asPartialObjectMetadata. */
function wrongForm({ definition }: CatalogueEntry, what: string, kind: string): StatusError {
  const [group = ''] = definition.resource.group.split('.');
  const go = definition.isBuiltIn ? `${group || 'core'}.${kind}` : 'unstructured.Unstructured';
  return new StatusError('NotAcceptable', `you requested ${what} (*${go})`);
}

/** Writes the events of a watch in the form that was asked for. */
export function framesFor(entry: CatalogueEntry, options: Omit<FormOptions, 'nowMs'> & { now: () => number }): Frames {
  if (options.form.as !== 'Object') return new FormFrames(entry, options);
  let frames = jsonFrames.get(entry);
  if (!frames) {
    frames = new JsonFrames(entry);
    jsonFrames.set(entry, frames);
  }
  return frames;
}

function listBytes(entry: CatalogueEntry, items: StoredObject[], metadata: unknown): Uint8Array[] {
  const head = JSON.stringify({ kind: entry.definition.listKind, apiVersion: entry.apiVersion, metadata });
  const chunks: Uint8Array[] = [Buffer.from(`${head.slice(0, -1)},"items":[`)];
  // Items of built-in kinds don't say what they are: the list does.
  const opening = entry.definition.isBuiltIn ? openingOf(entry) : undefined;
  for (const [index, item] of items.entries()) {
    const rest = opening && item.after(opening);
    if (rest) chunks.push(index > 0 ? commaBrace : brace, rest);
    else if (index > 0) chunks.push(comma, item.bytes);
    else chunks.push(item.bytes);
  }
  chunks.push(Buffer.from(']}\n'));
  // A list stays in the pieces that the cache has: they are put together as they are sent.
  return chunks;
}
