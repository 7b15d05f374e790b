// What do the columns of a CRD show? Source: apiextensions-apiserver/pkg/registry/customresource/tableconvertor.

import { ageOf } from '../../apimachinery/duration.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { CustomResourceColumnDefinition } from '../../apis/apiextensions/generated/v1.ts';
import { creationDescription, nameColumn } from '../../apis/columns.ts';
import type { PrinterColumn } from '../../apis/definition.ts';
import { epochMsOf } from '../../base/clock.ts';
import { findByJsonPath, type JsonPath, JsonPathError, parseJsonPath } from './json-path.ts';

const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: creationDescription,
  jsonPath: '.metadata.creationTimestamp',
};

/** The name, then the columns of the definition; the age if it has none. */
export function columnsOf(columns: readonly CustomResourceColumnDefinition[] | undefined): PrinterColumn[] {
  const own = columns && columns.length > 0 ? columns : [ageColumn];
  return [nameColumn(), ...own.map(columnOf)];
}

function columnOf({
  name,
  type,
  format,
  description,
  priority = 0,
  jsonPath,
}: CustomResourceColumnDefinition): PrinterColumn {
  const path = pathOrNothing(jsonPath);
  return {
    name,
    type: type as PrinterColumn['type'],
    ...(format && { format }),
    // Upstream describes a column without words of its own by its path.
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    jsonPath,
    priority,
    cell: (object, nowMs) => cellOf(path && firstOf(path, object), type, nowMs),
  };
}

/** A path that can't be followed shows nothing, as upstream. */
function pathOrNothing(jsonPath: string): JsonPath | undefined {
  try {
    return parseJsonPath(jsonPath);
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return undefined;
  }
}

function firstOf(path: JsonPath, object: KubeObject): unknown {
  return findByJsonPath(path, object)[0];
}

function cellOf(value: unknown, type: string, nowMs: number): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(epochMsOf(value)) ? '<invalid>' : ageOf(value, nowMs);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
