// Is a custom resource valid? Schema, list types, embedded resources, scale.
// Source: apiextensions-apiserver/pkg/registry/customresource strategy and validator.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { CustomResourceSubresourceScale } from '../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { validateEmbedded } from './values/embedded.ts';
import { isJsonObject } from './values/json.ts';
import { validateListTypes } from './values/list-types.ts';
import { validateValue } from './values/validate.ts';

export interface ResourceRules {
  create: (object: KubeObject) => StatusCause[];
  update: (object: KubeObject, old: KubeObject) => StatusCause[];
  status: (object: KubeObject, old: KubeObject) => StatusCause[];
}

interface RulesOptions {
  schema: JsonSchema;
  scale: CustomResourceSubresourceScale | undefined;
  hasStatus: boolean;
}

/** The rules of one version. */
export function resourceRules({ schema, scale, hasStatus }: RulesOptions): ResourceRules {
  const whole = (object: KubeObject, old: KubeObject | undefined): StatusCause[] => [
    ...validateValue(object, schema, { old }),
    ...(scale ? scaleRules(object, scale) : []),
    ...structureRules(object, schema),
  ];
  const statusSchema = schema.properties?.['status'] ?? {};
  return {
    create: (object) => whole(object, undefined),
    update: (object, old) => whole(object, old),
    status: (object, old) => {
      if (!hasStatus) return whole(object, old);
      const [status, before] = [statusOf(object), statusOf(old)];
      const own = status === undefined ? [] : validateValue(status, statusSchema, { old: before, path: 'status' });
      return [...own, ...(scale ? statusScaleRules(object, scale) : []), ...structureRules(object, schema)];
    },
  };
}

function statusOf(object: KubeObject): unknown {
  return (object as { status?: unknown }).status;
}

function structureRules(object: KubeObject, schema: JsonSchema): StatusCause[] {
  return [
    ...validateEmbedded(object, schema, { path: '', isResourceRoot: false }),
    ...validateListTypes(object, schema),
  ];
}

function scaleRules(object: KubeObject, scale: CustomResourceSubresourceScale): StatusCause[] {
  return [...replicaRules(object, scale.specReplicasPath), ...statusScaleRules(object, scale)];
}

function statusScaleRules(
  object: KubeObject,
  { statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale,
): StatusCause[] {
  const selector = labelSelectorPath ? at(object, labelSelectorPath) : undefined;
  return [
    ...replicaRules(object, statusReplicasPath),
    ...(selector === undefined || typeof selector === 'string'
      ? []
      : [
          invalidValue(
            labelSelectorPath as string,
            '',
            `${labelSelectorPath} accessor error: ${JSON.stringify(selector)} is of the type ${typeof selector}, expected string`,
          ),
        ]),
  ];
}

const int32Max = 2 ** 31 - 1;

function replicaRules(object: KubeObject, path: string): StatusCause[] {
  const replicas = at(object, path);
  if (replicas === undefined) return [];
  if (typeof replicas !== 'number')
    return [
      invalidValue(
        path,
        0,
        `${path} accessor error: ${JSON.stringify(replicas)} is of the type ${typeof replicas}, expected int64`,
      ),
    ];
  if (replicas < 0) return [invalidValue(path, replicas, 'should be a non-negative integer')];
  return replicas > int32Max ? [invalidValue(path, replicas, `should be less than or equal to ${int32Max}`)] : [];
}

function at(object: KubeObject, path: string): unknown {
  return path
    .replace(/^\./, '')
    .split('.')
    .reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), object);
}
