// How does OpenAPI v3 describe one group version? Paths and schemas from the definitions.

import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';
import { serverVersion } from '../health.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';

const refPrefix = '#/components/schemas/';
const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'];
const listParameters = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const parameterTypes: Record<string, JsonSchema['type']> = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  limit: 'integer',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

/** The document of the resources in `entries`, all of one group version. */
export function openApiDocument(entries: CatalogueEntry[], schemas: Schemas): unknown {
  const paths: Record<string, unknown> = {};
  for (const entry of entries) Object.assign(paths, pathsOf(entry));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion.gitVersion },
    paths,
    components: { schemas: reachable(entries, schemas) },
  };
}

function pathsOf(entry: CatalogueEntry): Record<string, unknown> {
  const { resource, subresources } = entry.definition;
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced ? `${root}/namespaces/{namespace}` : root;
  const scopeParameters = namespaced ? [pathParameter('namespace')] : [];
  const objectParameters = [pathParameter('name'), ...scopeParameters];
  const paths: Record<string, unknown> = {
    [`${scope}/${plural}`]: {
      get: operation(entry, 'list', { query: listParameters, isList: true }),
      post: operation(entry, 'post', { query: writeParameters, hasBody: true }),
      delete: operation(entry, 'deletecollection', {
        query: [...listParameters, 'dryRun', 'gracePeriodSeconds', 'propagationPolicy'],
      }),
      parameters: scopeParameters,
    },
    [`${scope}/${plural}/{name}`]: {
      get: operation(entry, 'get', { query: [] }),
      put: operation(entry, 'put', { query: writeParameters, hasBody: true }),
      patch: operation(entry, 'patch', { query: [...writeParameters, 'force'], isPatch: true }),
      delete: operation(entry, 'delete', { query: ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'] }),
      parameters: objectParameters,
    },
  };
  if (namespaced)
    paths[`${root}/${plural}`] = { get: operation(entry, 'list', { query: listParameters, isList: true }) };
  if (subresources.includes('status')) {
    paths[`${scope}/${plural}/{name}/status`] = {
      get: operation(entry, 'get', { query: [] }),
      put: operation(entry, 'put', { query: writeParameters, hasBody: true }),
      patch: operation(entry, 'patch', { query: [...writeParameters, 'force'], isPatch: true }),
      parameters: objectParameters,
    };
  }
  return paths;
}

interface Shape {
  query: string[];
  hasBody?: boolean;
  isPatch?: boolean;
  isList?: boolean;
}

function operation(
  { definition, kind }: CatalogueEntry,
  action: string,
  { query, hasBody, isPatch, isList }: Shape,
): unknown {
  const { group, version } = definition.resource;
  const whole = { $ref: `${refPrefix}${definition.schemaName}` };
  const answer = isList ? { $ref: `${refPrefix}${definition.schemaName}List` } : whole;
  const types = definition.isBuiltIn ? [...patchTypes, 'application/strategic-merge-patch+json'] : patchTypes;
  const patchContent = Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }]));
  return {
    tags: [group === '' ? `core_${version}` : `${group}_${version}`],
    operationId: `${action}${kind}`,
    parameters: query.map(queryParameter),
    ...(hasBody && { requestBody: { content: { '*/*': { schema: whole } }, required: true } }),
    ...(isPatch && { requestBody: { content: patchContent, required: true } }),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: answer } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function queryParameter(name: string): unknown {
  return { name, in: 'query', schema: { type: parameterTypes[name] ?? 'string', uniqueItems: true } };
}

function pathParameter(name: string): unknown {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}

/** The schemas of `entries` and of their lists, with everything they refer to. */
function reachable(entries: CatalogueEntry[], schemas: Schemas): SchemaComponents {
  const found: SchemaComponents = {};
  const visit = (name: string): void => {
    const schema = schemas.component(name);
    if (!schema || found[name]) return;
    found[name] = schema;
    for (const reference of referencesIn(schema)) visit(reference);
  };
  visit(`${metaPrefix}.ListMeta`);
  for (const { definition } of entries) {
    const { schemaName, resource, listKind } = definition;
    const { group, version, kind } = resource;
    visit(schemaName);
    const own = found[schemaName];
    if (own) found[schemaName] = identified(own, { group, version, kind });
    found[`${schemaName}List`] = identified(listSchema(schemaName), { group, version, kind: listKind });
  }
  return found;
}

function identified(schema: JsonSchema, gvk: { group: string; version: string; kind: string }): JsonSchema {
  return { ...schema, 'x-kubernetes-group-version-kind': [gvk] };
}

function listSchema(schemaName: string): JsonSchema {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: `${refPrefix}${metaPrefix}.ListMeta` }] },
      items: { type: 'array', items: { allOf: [{ $ref: `${refPrefix}${schemaName}` }] } },
    },
  };
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' && item.startsWith(refPrefix)
      ? [item.slice(refPrefix.length)]
      : referencesIn(item),
  );
}
