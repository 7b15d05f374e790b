// What of a body is a custom resource's, as its definition has it?

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { plainNumbers } from '../../apimachinery/written-number.ts';
import type { CustomTraits } from '../../apis/definition.ts';
import { cloneJson } from '../cache/stored-object.ts';
import { isObject } from '../patch/merge-patch.ts';
import type { Conformed } from '../schema/conform.ts';
import { type Decoded, decodeMetadata } from '../schema/decode.ts';
import { withSortedFields } from '../type-meta.ts';
import type { Operation } from './context.ts';

const unread: Conformed = { value: {}, unknownFields: [], typeErrors: [], violations: [] };
const nothingRead: Decoded = { value: undefined, unknownFields: [] };

/** Metadata is read as every object's, the rest by the definition that the client made. */
export function fitCustom(
  body: object,
  custom: CustomTraits,
  { schemas, isApplied }: { schemas: Operation['schemas']; isApplied: boolean | undefined },
): Conformed {
  const { metadata, ...others } = body as KubeObject;
  const { value: rest, tooLarge } = plainNumbers(others) as { value: object; tooLarge?: string };
  if (tooLarge !== undefined)
    return { ...unread, problem: `json: cannot unmarshal number ${tooLarge} into Go value of type float64` };
  const meta = metadata === undefined ? { ...nothingRead } : decodeMetadata(metadata, schemas);
  const value = { ...cloneJson(rest), ...(meta.value !== undefined && { metadata: meta.value }) } as KubeObject;
  // Upstream reads it from a text of its own, whose fields are sorted.
  if (meta.unknownFields.length > 1)
    meta.unknownFields = decodeMetadata(withSortedFields(metadata), schemas).unknownFields;
  const unknownFields = [...meta.unknownFields, ...custom.prune(value)];
  // Nulls are dropped by who decodes a body. What is applied was merged as values, and is validated with them.
  if (!isApplied) custom.dropNulls(value);
  for (const embedded of custom.embedded(value)) {
    const read = readEmbedded(embedded, schemas);
    unknownFields.push(...read.unknownFields);
    if (read.problem !== undefined) meta.problem ??= read.problem;
  }
  return { ...meta, value, unknownFields, typeErrors: [], violations: [] };
}

/** Reads the metadata of a resource inside of another as all metadata, in place. Source: apiextensions' objectmeta.Coerce. */
function readEmbedded(
  { path, resource }: ReturnType<CustomTraits['embedded']>[number],
  schemas: Operation['schemas'],
): { unknownFields: string[]; problem?: string } {
  for (const field of ['apiVersion', 'kind']) {
    const value = resource[field];
    if (value !== undefined && typeof value !== 'string')
      return { unknownFields: [], problem: whyNot(`${path}.${field}`, value, 'must be a string') };
  }
  const { metadata } = resource;
  if (metadata === undefined || !isObject(metadata)) return { unknownFields: [] };
  const { value, unknownFields, problem } = decodeMetadata(metadata, schemas);
  if (problem !== undefined) return { unknownFields: [], problem: whyNot(`${path}.metadata`, metadata, problem) };
  resource['metadata'] = value;
  return { unknownFields: unknownFields.map((field) => `${path}.${field}`) };
}

function whyNot(field: string, value: unknown, why: string): string {
  return `${field}: ${invalidValue(field, value, why).message}`;
}
