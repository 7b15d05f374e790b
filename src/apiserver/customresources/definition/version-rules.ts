// Are the subresources, columns and selectable fields of a CRD's version sound? Source: apiextensions validation.

import { duplicate, invalidValue, required, tooMany } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceSubresources,
  SelectableField,
} from '../../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, indexPath } from '../paths.ts';
import { resolveFieldPath } from '../schema/field-path.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const selectableFieldsMax = 8;

/** Problems of the paths of a scale subresource. */
export function subresourceRules({ scale }: CustomResourceSubresources, path: string): StatusCause[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const at = (field: string): string => `${path}.scale.${field}`;
  return [
    ...pathBelow(specReplicasPath, at('specReplicasPath'), {
      parents: ['.spec.'],
      must: 'should be a json path under .spec',
    }),
    ...pathBelow(statusReplicasPath, at('statusReplicasPath'), {
      parents: ['.status.'],
      must: 'should be a json path under .status',
    }),
    ...(labelSelectorPath
      ? pathBelow(labelSelectorPath, at('labelSelectorPath'), {
          parents: ['.spec.', '.status.'],
          must: 'should be a json path under either .spec or .status',
        })
      : []),
  ];
}

function pathBelow(
  jsonPath: string,
  path: string,
  { parents, must }: { parents: string[]; must: string },
): StatusCause[] {
  if (!jsonPath) return [required(path)];
  const problems = simplePathRules(jsonPath, path);
  if (problems.length > 0) return problems;
  return parents.some((parent) => jsonPath.startsWith(parent)) ? [] : [invalidValue(path, jsonPath, must)];
}

function simplePathRules(jsonPath: string, path: string): StatusCause[] {
  return jsonPath.startsWith('.') ? [] : [invalidValue(path, jsonPath, 'must be a simple json path starting with .')];
}

/** Problems of one printer column. */
export function columnRules(
  { name, type, format, jsonPath }: Partial<CustomResourceColumnDefinition>,
  path: string,
): StatusCause[] {
  const oneOf = (known: string[]): string => `must be one of ${known.join(',')}`;
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(childPath(path, 'name')));
  if (!type) causes.push(required(childPath(path, 'type'), oneOf(columnTypes)));
  else if (!columnTypes.includes(type)) causes.push(invalidValue(childPath(path, 'type'), type, oneOf(columnTypes)));
  if (format && !columnFormats.includes(format))
    causes.push(invalidValue(childPath(path, 'format'), format, oneOf(columnFormats)));
  const at = childPath(path, 'JSONPath');
  causes.push(...(jsonPath ? simplePathRules(jsonPath, at) : [required(at)]));
  return causes;
}

/** Problems of the selectable fields; each must name a plain field of the schema, and only once. */
export function selectableFieldRules(
  fields: SelectableField[],
  schema: JsonSchema | undefined,
  path: string,
): StatusCause[] {
  if (fields.length === 0) return [];
  if (!schema) return [invalidValue(path, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
  const seen = new Set<string>();
  const causes = fields.flatMap(({ jsonPath }, i) => {
    const at = childPath(indexPath(path, i), 'jsonPath');
    if (!jsonPath) return [required(at)];
    const resolved = resolveFieldPath(jsonPath, schema, { allowsArrayNotation: false });
    if (!resolved.ok) return [invalidValue(at, jsonPath, `is an invalid path: ${resolved.problem}`)];
    const isPlain = ['string', 'boolean', 'integer'].includes(resolved.schema.type ?? '');
    const isRepeated = seen.has(resolved.path);
    seen.add(resolved.path);
    return [
      ...(resolved.steps[0] === 'metadata' ? [invalidValue(at, jsonPath, 'must not point to fields in metadata')] : []),
      ...(isPlain
        ? []
        : [
            invalidValue(
              at,
              jsonPath,
              'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
            ),
          ]),
      ...(isRepeated ? [duplicate(at, jsonPath)] : []),
    ];
  });
  return seen.size > selectableFieldsMax ? [...causes, tooMany(path, seen.size, selectableFieldsMax)] : causes;
}

/** Problems of a deprecation warning. */
export function deprecationRules(
  { deprecated, deprecationWarning }: { deprecated?: boolean; deprecationWarning?: string },
  path: string,
): StatusCause[] {
  const at = childPath(path, 'deprecationWarning');
  if (deprecationWarning === undefined) return [];
  const problems: string[] = [];
  if (!deprecated) problems.push('can only be set for deprecated versions');
  else {
    if (deprecationWarning.length > 256) problems.push('must be <= 256 characters long');
    if (deprecationWarning === '') problems.push('must not be an empty string');
    const hidden = deprecationWarning.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
    if (hidden >= 0)
      problems.push(`must only contain printable UTF-8 characters; non-printable character found at index ${hidden}`);
  }
  return problems.map((problem) => invalidValue(at, deprecationWarning, problem));
}
