// Is a custom resource valid? Schema, list types, embedded resources, scale.
// Source: apiextensions-apiserver/pkg/registry/customresource strategy and validator.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { goFormat } from '../../apimachinery/go-json.ts';
import { ownField } from '../../apimachinery/json-fields.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { CustomResourceSubresourceScale } from '../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { validateEmbedded } from './values/embedded.ts';
import { isJsonObject } from './values/json.ts';
import { validateListTypes } from './values/list-types.ts';
import { validateValue } from './values/validate.ts';

type Warn = (text: string) => void;

export interface ResourceRules {
  create: (object: KubeObject) => StatusCause[];
  update: (object: KubeObject, old: KubeObject, warn?: Warn) => StatusCause[];
  status: (object: KubeObject, old: KubeObject, warn?: Warn) => StatusCause[];
}

interface RulesOptions {
  schema: JsonSchema;
  scale: CustomResourceSubresourceScale | undefined;
  hasStatus: boolean;
  /** The CEL rules of the schema; absent where it has none. */
  celRules: CelRules | undefined;
}

/** Checks an object, and the one before it, against CEL rules. */
export interface CelRules {
  validate(object: unknown, old: unknown, warn?: Warn): StatusCause[];
}

/** Of an update. */
interface Before {
  old?: KubeObject;
  warn?: Warn | undefined;
}

/** Rules are written for objects of the right shape: they are left out where that is wrong. */
const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const unchecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** The rules of one version. */
export function resourceRules({ schema, scale, hasStatus, celRules }: RulesOptions): ResourceRules {
  const withRules = (causes: StatusCause[], object: KubeObject, { old, warn }: Before = {}): StatusCause[] => {
    if (!celRules) return causes;
    if (causes.some(({ reason = '' }) => blocking.has(reason)))
      return [...causes, invalidValue('<nil>', null, unchecked)];
    return [...causes, ...celRules.validate(object, old, warn)];
  };
  const whole = (object: KubeObject, old: KubeObject | undefined): StatusCause[] => [
    ...validateValue(object, schema, { old }),
    ...(scale ? scaleRules(object, scale) : []),
    ...structureRules(object, schema),
  ];
  const statusSchema = schema.properties?.['status'] ?? {};
  return {
    create: (object) => withRules(whole(object, undefined), object),
    update: (object, old, warn) => withRules(whole(object, old), object, { old, warn }),
    status: (object, old, warn) => {
      if (!hasStatus) return withRules(whole(object, old), object, { old, warn });
      const [status, before] = [statusOf(object), statusOf(old)];
      const own = status === undefined ? [] : validateValue(status, statusSchema, { old: before, path: 'status' });
      const causes = [...own, ...(scale ? statusScaleRules(object, scale) : []), ...structureRules(object, schema)];
      return withRules(causes, object, { old, warn });
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
  const selector = labelSelectorPath ? at(object, labelSelectorPath, 'string') : {};
  return [
    ...replicaRules(object, statusReplicasPath),
    ...(selector.problem === undefined ? [] : [invalidValue(labelSelectorPath as string, '', selector.problem)]),
  ];
}

const int32Max = 2 ** 31 - 1;

function replicaRules(object: KubeObject, path: string): StatusCause[] {
  const { value, problem } = at(object, path, 'int64');
  if (problem !== undefined) return [invalidValue(path, 0, problem)];
  const replicas = value as number | undefined;
  if (replicas === undefined) return [];
  if (replicas < 0) return [invalidValue(path, replicas, 'should be a non-negative integer')];
  return replicas > int32Max ? [invalidValue(path, replicas, `should be less than or equal to ${int32Max}`)] : [];
}

/** As Go tells of a value of another type. */
function accessorError(path: string, value: unknown, expected: string): string {
  return `${path} accessor error: ${goFormat(value)} is of the type ${goType(value)}, expected ${expected}`;
}

function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

/** What is at the end of the path, or why there is nothing of that type. Source: apimachinery's NestedFieldNoCopy. */
function at(object: KubeObject, path: string, type: 'int64' | 'string'): { value?: unknown; problem?: string } {
  let value: unknown = object;
  let done = '';
  for (const key of path.replace(/^\./, '').split('.')) {
    done += `.${key}`;
    if (value === null) return {};
    if (!isJsonObject(value)) return { problem: accessorError(done, value, 'map[string]interface{}') };
    if (!Object.hasOwn(value, key)) return {};
    value = ownField(value, key);
  }
  return goType(value) === type ? { value } : { problem: accessorError(path, value, type) };
}
