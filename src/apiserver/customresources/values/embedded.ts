// Are resources inside of a resource resources? Their apiVersion, kind and metadata.
// Source: apiextensions-apiserver/pkg/apiserver/schema/objectmeta.

import { invalidValue, required } from '../../../apimachinery/field-error.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import { validateObjectMeta } from '../../../apimachinery/object-meta.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import { dns1035Label, pathSegment } from '../../../apimachinery/validation.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, indexPath } from '../paths.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { schemaOfField } from './prune.ts';

/** Problems of all embedded resources below `value`; of the value itself only if it is one (`isResourceRoot`). */
export function validateEmbedded(
  value: unknown,
  schema: JsonSchema | undefined,
  { path, isResourceRoot }: { path: string; isResourceRoot: boolean },
): StatusCause[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, i) =>
      validateEmbedded(item, schema.items, { path: indexPath(path, i), isResourceRoot: isEmbedded(schema.items) }),
    );
  }
  if (!isJsonObject(value)) return [];
  const own = isResourceRoot ? resourceCauses(value, path) : [];
  const below = Object.entries(value).flatMap(([key, item]) => {
    const known = schemaOfField(schema, key);
    return validateEmbedded(item, known, { path: childPath(path, key), isResourceRoot: isEmbedded(known) });
  });
  return [...own, ...below];
}

/** All embedded resources below `value`, with their paths. */
export function embeddedResources(
  value: unknown,
  schema: JsonSchema | undefined,
  path: string,
): { path: string; resource: JsonObject }[] {
  if (!schema) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => embeddedResources(item, schema.items, indexPath(path, i)));
  if (!isJsonObject(value)) return [];
  const below = Object.entries(value).flatMap(([key, item]) =>
    embeddedResources(item, schemaOfField(schema, key), childPath(path, key)),
  );
  return isEmbedded(schema) ? [{ path, resource: value }, ...below] : below;
}

function isEmbedded(schema: JsonSchema | undefined): boolean {
  return schema?.['x-kubernetes-embedded-resource'] === true;
}

function resourceCauses(resource: JsonObject, path: string): StatusCause[] {
  const { apiVersion, kind, metadata } = resource;
  const causes = [
    ...nameCauses(apiVersion, childPath(path, 'apiVersion')),
    ...nameCauses(kind, childPath(path, 'kind')),
  ];
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    causes.push(
      invalidValue(childPath(path, 'apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`),
    );
  const kindProblems = typeof kind === 'string' && kind !== '' ? dns1035Label(kind.toLowerCase()) : [];
  if (kindProblems.length > 0)
    causes.push(
      invalidValue(
        childPath(path, 'kind'),
        kind,
        `may have mixed case, but should otherwise match: ${kindProblems.join(',')}`,
      ),
    );
  return [...causes, ...metadataCauses(metadata, childPath(path, 'metadata'))];
}

function nameCauses(value: unknown, path: string): StatusCause[] {
  if (value === undefined) return [required(path)];
  if (typeof value !== 'string') return [invalidValue(path, value, 'must be a string')];
  return value === '' ? [invalidValue(path, value, 'must not be empty')] : [];
}

function metadataCauses(metadata: unknown, path: string): StatusCause[] {
  if (metadata === undefined) return [];
  if (!isJsonObject(metadata)) return [invalidValue(path, metadata, 'must be an object')];
  // An embedded resource may be without a name yet.
  const named = { name: 'fakename', ...metadata } as KubeObject['metadata'];
  return validateObjectMeta(
    { apiVersion: '', kind: '', metadata: named },
    { namespaced: Boolean(named.namespace), nameRule: pathSegment, path },
  );
}
