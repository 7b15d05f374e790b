// What do the tests of server-side apply share? One object, and who does what to it in turn.

import { pathsOf } from '../../apimachinery/fieldpath/field-set.ts';
import { formatPath } from '../../apimachinery/fieldpath/path-element.ts';
import { ApplyConflict } from '../../apimachinery/managedfields/conflict.ts';
import { type FieldManager, trackApply, trackUpdate } from '../../apimachinery/managedfields/field-manager.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';
import { Schemas } from '../schema/schemas.ts';
import { objectType } from './merge-types.ts';

export type Spec = Record<string, unknown>;

export type Step =
  | { apply: Spec; by: string; force?: boolean }
  /** What the object is to be, whoever changes it. */
  | { update: Spec; by: string };

export interface Outcome {
  spec: unknown;
  /** Paths within the spec, by `manager` for appliers and `manager/Update` for updaters. */
  owners: Record<string, string[]>;
}

const objectMeta: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** Objects of one kind whose spec has the schema `spec`. */
export class Subject {
  readonly fieldManager: FieldManager;
  object: KubeObject | undefined;
  now = 1;

  constructor(spec: JsonSchema) {
    const components: SchemaComponents = {
      Kind: { type: 'object', properties: { spec } },
      'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': objectMeta,
    };
    this.fieldManager = {
      apiVersion: 'example.com/v1',
      type: objectType(new Schemas(() => components), 'Kind'),
      subresource: '',
      settable: (set) => set,
      now: '',
      convert: (object, apiVersion) => (apiVersion === object.apiVersion ? object : undefined),
    };
  }

  /** Takes the step. Throws StatusError on conflicts. */
  take(step: Step): void {
    const fieldManager = { ...this.fieldManager, now: `2026-01-01T00:00:${String(this.now++).padStart(2, '0')}Z` };
    const live = this.object;
    if ('update' in step) {
      const next = this.#objectOf(step.update);
      const managedFields = trackUpdate({ ...(live && { live }), next, manager: step.by }, fieldManager);
      this.object = { ...next, metadata: { ...next.metadata, ...(managedFields && { managedFields }) } };
      return;
    }
    const application = { config: this.#objectOf(step.apply), manager: step.by, force: step.force ?? false };
    try {
      this.object = withoutNulls(trackApply({ ...(live && { live }), ...application }, fieldManager)) as KubeObject;
    } catch (error) {
      if (error instanceof ApplyConflict) throw error.toStatus();
      throw error;
    }
  }

  #objectOf(spec: Spec): KubeObject {
    const metadata = { name: 'x' } as KubeObject['metadata'];
    const hasSpec = Object.keys(spec).length > 0;
    return { apiVersion: 'example.com/v1', kind: 'Kind', metadata, ...(hasSpec && { spec }) };
  }

  get outcome(): Outcome {
    const owners: Outcome['owners'] = {};
    for (const { manager = '', operation, fieldsV1 } of this.object?.metadata.managedFields ?? []) {
      const spec = (fieldsV1 as Record<string, object>)['f:spec'];
      owners[operation === 'Update' ? `${manager}/Update` : manager] = pathsOf((spec ?? {}) as never).map(formatPath);
    }
    return { spec: (this.object as { spec?: unknown } | undefined)?.spec ?? {}, owners };
  }
}

/** As a decoder leaves an object: null is absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(fields.map(([name, item]) => [name, withoutNulls(item)]));
}
