// What do server-side and client-side apply owe each other? The annotation that client-side apply keeps.
// Source: apimachinery/pkg/util/managedfields/internal lastapplied, lastappliedmanager, lastappliedupdater.

import { difference, type FieldSet } from '../fieldpath/field-set.ts';
import type { KubeObject } from '../meta.ts';
import { compareValues } from '../structured-merge/compare.ts';
import { fieldSetOf } from '../structured-merge/field-set-of.ts';
import { TypeMismatch } from '../structured-merge/list-item.ts';
import type { MergeType } from '../structured-merge/merge-type.ts';
import { typeProblem } from '../structured-merge/validate.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const annotationsBytesMax = 256 * 1024;

/**
 * Fields that client-side apply set and that still have its values: kubectl may take these from it without a
 * conflict. Undefined if there is no such configuration.
 */
export function fieldsLeftAsLastApplied(
  live: KubeObject,
  { apiVersion, type }: { apiVersion: string; type: MergeType },
): FieldSet | undefined {
  const last = parseConfig(live.metadata.annotations?.[annotation]);
  if (!last || last.apiVersion !== apiVersion || typeProblem(last, type)) return undefined;
  try {
    const { modified, added, removed } = compareValues(last, live, type);
    return difference(difference(difference(fieldSetOf(last, type), modified), added), removed);
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    return undefined;
  }
}

function parseConfig(text: string | undefined): KubeObject | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as KubeObject) : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** The object with the annotation brought up to date, if it has one. It goes if it would make the annotations too large. */
export function withLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  const { [annotation]: last, ...others } = object.metadata.annotations ?? {};
  if (!last) return object;
  const text = `${sortedJson(withoutAnnotation(config))}\n`;
  const annotations = { ...others, [annotation]: text };
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  return {
    ...object,
    metadata: { ...object.metadata, annotations: bytes > annotationsBytesMax ? others : annotations },
  };
}

function withoutAnnotation(config: KubeObject): KubeObject {
  const { annotations } = config.metadata;
  if (annotations === undefined) return config;
  const { [annotation]: _last, ...others } = annotations;
  return { ...config, metadata: { ...config.metadata, annotations: others } };
}

/** JSON with sorted keys, as Go writes maps. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${sortedJson(item)}`).join(',')}}`;
}
