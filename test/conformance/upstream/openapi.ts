// What do two OpenAPI documents have to have in common? Paths, operations and schemas, but for their prose and for what is
// known to differ.

type Json = Record<string, unknown>;

/** Places that differ, by the path of the document and the place in it. */
export const knownPlaces: { place: RegExp; why: string }[] = [
  {
    place:
      /^openapi\/v2 (?:paths\.\/apis\/|components\.schemas\.io\.)[\w.]*(?:amarre|velero|snapshot|metrics|k8s\.metrics|Duration:)/,
    why: 'Amarre serves kinds of its own',
  },
  { place: /^openapi\/v2 paths\.\/apis\/(?:resource|flowcontrol\.apiserver)\.k8s\.io\//, why: 'not served' },
  {
    place: /^openapi\/v2 paths\.\/(?:\.well-known|openid|version|logs|apis?|apis\/[\w.]+)\/\S*: /,
    why: 'what is no resource is not described',
  },
  { place: /^[^ ]+ paths\.\S*\/watch\//, why: 'the paths below /watch are served, and not described' },
  { place: /^[^ ]+ paths\.\/[^ ]*\/v\w+\/(?:: |$)/, why: 'discovery is served, and not described' },
  { place: /^[^ ]+ paths\.\/api\/v1\/(?:componentstatuses|namespaces\/\{namespace\}\/bindings)/, why: 'not served' },
  { place: /^[^ ]+ paths\.\/apis\/apiregistration/, why: 'APIServices are only read' },
  { place: / components\.schemas\.\S*\.enum(?:: |\.)/, why: 'the values of enumerations are not listed' },
  { place: / components\.schemas\.\S*\.x-kubernetes-unions/, why: 'unions are not told of' },
  {
    place: / components\.schemas\.\S*meta\.v1\.\w+\.x-kubernetes-group-version-kind/,
    why: 'groups that are not served share types of metadata',
  },
  { place: / components\.schemas\.[\w.-]+: undefined/, why: 'schemas of what is not described' },
  {
    place: / components\.schemas\.com\.example\.\S*\.emb\./,
    why: 'the metadata of embedded resources is not described',
  },
  {
    place: / components\.schemas\.com\.example\.\S*\.default: /,
    why: 'upstream shows defaults of custom resources or not, as it happens',
  },
  {
    place:
      /v1\.(?:RBD|ISCSI|ScaleIO|AzureDisk)\w*VolumeSource\.properties\.\w+\.default: |\.protocol\.default: |ReplicationControllerSpec\.\S*\.default: /,
    why: 'defaults of fields that the server fills in are told only by their description',
  },
  {
    place:
      /v1\.(?:Secret|ConfigMap|LocalObject|TypedLocalObject|TypedObject|IngressClassParameters)\w*\.properties\.(?:name|kind)\.default: |(?:Subject|RoleRef|CustomResourceDefinitionNames)\.properties\.kind\.default: |GRPCAction\.properties\.service\.default: |FileKeySelector\.properties\.optional\.default: |ScaleSpec\.properties\.replicas\.default: |APIService\w*\.properties\.\w+\.default: /,
    why: 'their zeros are not always written',
  },
];

/** A document of version 2, with its schemas and parameters where version 3 has them. */
export function asVersionThree(document: Json): Json {
  const { parameters = {}, definitions, ...rest } = document;
  const resolved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolved);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref } = value as Json;
    const [, name] = /^#\/parameters\/(.*)$/.exec(String($ref)) ?? [];
    if (name !== undefined) return (parameters as Json)[name];
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item)]));
  };
  return resolved({ ...rest, components: { schemas: definitions } }) as Json;
}

/** The document without prose, with lists that have no order in one. */
export function comparableDocument(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key === 'required') return value.map(String).toSorted();
    return value.map((item) => comparableDocument(item));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'properties') return mapped(value as Json, () => '');
  const { description: _description, allOf, ...fields } = value as Json & { allOf?: unknown[] };
  // What stands around a reference may be its description alone.
  const [only] = (Array.isArray(allOf) ? allOf : []) as Json[];
  const isAround = only?.['$ref'] !== undefined;
  return mapped({ ...fields, ...(isAround ? only : allOf && { allOf }) }, (name) => name);
}

function mapped(fields: Json, keyOf: (name: string) => string): Json {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, item]) => !(Array.isArray(item) && item.length === 0))
      .map(([name, item]) => [name, comparableDocument(item, keyOf(name))]),
  );
}
