// How does `kubectl get` show objects? As a meta/v1 Table, with the columns of the definition.

import { ageOf } from '../../apimachinery/duration.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { nameDescription } from '../../apis/columns.ts';
import type { PrinterColumn } from '../../apis/definition.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import { partialMetadata } from './partial-metadata.ts';

export interface TableOptions {
  version: string;
  /** `Object`, `Metadata` (when absent) or `None`: what a row carries beside its cells. */
  includeObject: string | null;
  nowMs: number;
}

/** What a kind without columns of its own shows. */
const defaultColumns: PrinterColumn[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: nameDescription,
    priority: 0,
    cell: (object) => object.metadata.name,
  },
  {
    name: 'Age',
    type: 'string',
    priority: 0,
    cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
  },
];

/** A Table of `objects`. `metadata` is the list's own, or the object's revision. */
export function tableOf(
  entry: CatalogueEntry,
  objects: StoredObject[],
  { metadata, ...options }: TableOptions & { metadata: Record<string, unknown> },
): unknown {
  const { includeObject } = options;
  if (includeObject && !['Metadata', 'Object', 'None'].includes(includeObject)) {
    const value = `includeObject: Invalid value: ${JSON.stringify(includeObject)}`;
    const why = `${value}: must be 'Metadata', 'Object', 'None', or empty`;
    throw new StatusError('BadRequest', `Unable to convert to Table as requested: ${why}`);
  }
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: columnDefinitions(entry),
    rows: objects.map((stored) => rowOf(entry, stored.object, options)),
  };
}

/** What a Table says of its columns. */
export function columnDefinitions(entry: CatalogueEntry): unknown {
  return columnsOf(entry).map(({ name, type, format = '', description = '', priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

function columnsOf({ definition }: CatalogueEntry): PrinterColumn[] {
  return definition.columns.length > 0 ? definition.columns : defaultColumns;
}

function rowOf(entry: CatalogueEntry, object: KubeObject, { version, includeObject, nowMs }: TableOptions): unknown {
  const cells = columnsOf(entry).map((column) => column.cell(object, nowMs));
  if (includeObject === 'None') return { cells, object: null };
  return { cells, object: includeObject === 'Object' ? object : partialMetadata(entry, object, version) };
}
