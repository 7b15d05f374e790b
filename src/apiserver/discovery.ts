// Which API does this server offer? The discovery documents, plain and aggregated.

import { createHash } from 'node:crypto';
import { apiVersionOf } from '../apimachinery/meta.ts';
import { type ResourceVerb, resourceVerbs } from '../apis/definition.ts';
import { compareGroups } from './api-priority.ts';
import { parseAccept, requireAccepted } from './media-type.ts';
import type { Catalogue, CatalogueEntry } from './registry/catalogue.ts';
import { jsonResponse } from './respond.ts';
import { type ApiRequest, type ApiResponse, FixedBody } from './types.ts';
import { compareVersions } from './version-order.ts';

interface Gvk {
  group: string;
  version: string;
  kind: string;
}

interface SubresourceFacts {
  verbs: string[];
  /** Kind of what is read or written, if that is not the resource's own. */
  gvk?: Gvk;
}

const readWrite = ['get', 'patch', 'update'];
const subresources: Record<string, SubresourceFacts> = {
  status: { verbs: readWrite },
  finalize: { verbs: ['update'] },
  scale: { verbs: readWrite, gvk: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
  binding: { verbs: ['create'], gvk: { group: '', version: 'v1', kind: 'Binding' } },
  eviction: { verbs: ['create'], gvk: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  approval: { verbs: readWrite },
  ephemeralcontainers: { verbs: readWrite },
  resize: { verbs: readWrite },
  token: { verbs: ['create'], gvk: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } },
  log: { verbs: ['get'] },
  exec: { verbs: ['create', 'get'], gvk: { group: '', version: 'v1', kind: 'PodExecOptions' } },
  attach: { verbs: ['create', 'get'], gvk: { group: '', version: 'v1', kind: 'PodAttachOptions' } },
  proxy: { verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  portforward: { verbs: ['create', 'get'], gvk: { group: '', version: 'v1', kind: 'PodPortForwardOptions' } },
};

/** Answers `/api`, `/apis`, `/apis/<group>` and `/apis/<group>/<version>`; `address` is the server's; undefined for any other path. Throws NotAcceptable. */
export function discoveryResponse(
  catalogue: Catalogue,
  request: ApiRequest,
  { path, address }: { path: string; address: string },
): ApiResponse | undefined {
  const [, ...parts] = path.replace(/(?<=.)\/+$/, '').split('/');
  const [first] = parts;
  if (parts.length === 1 && (first === 'api' || first === 'apis')) {
    const isCore = first === 'api';
    const entries = catalogue.entries.filter(({ definition }) => (definition.resource.group === '') === isCore);
    const whole = aggregated(request, entries);
    if (whole) return whole;
    requireDocument(request, { isRouted: isCore });
    return jsonResponse(200, isCore ? coreVersions(address) : groupList(entries));
  }
  const found = documentAt(catalogue, parts);
  // Groups are told by who puts several servers together, which has no routes.
  if (found) requireDocument(request, { isRouted: first === 'api' || parts.length > 2 });
  return found;
}

function requireDocument({ headers }: ApiRequest, { isRouted }: { isRouted: boolean }): void {
  requireAccepted(headers['accept'], { encodings: ['json', 'yaml', 'protobuf'], isRouted, isNegotiated: true });
}

function documentAt(catalogue: Catalogue, parts: string[]): ApiResponse | undefined {
  if (parts[0] === 'api' && parts.length === 2)
    return resourceList(catalogue, { group: '', version: parts[1] as string });
  if (parts[0] !== 'apis') return undefined;
  if (parts.length === 3) return resourceList(catalogue, { group: parts[1] as string, version: parts[2] as string });
  if (parts.length !== 2) return undefined;
  const group = groupsOf(catalogue.entries).find(({ name }) => name === parts[1]);
  return group && jsonResponse(200, { kind: 'APIGroup', apiVersion: 'v1', ...group });
}

/** All clients reach the server at one address. */
function coreVersions(serverAddress: string): unknown {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress }];
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
}

/** The one-document form, if the client asks for it: `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
function aggregated(request: ApiRequest, entries: CatalogueEntry[]): ApiResponse | undefined {
  const wanted = parseAccept(request.headers['accept']).find(
    ({ type, parameters: { g, v, as } }) =>
      type === 'application/json' &&
      g === 'apidiscovery.k8s.io' &&
      as === 'APIGroupDiscoveryList' &&
      (v === 'v2' || v === 'v2beta1'),
  );
  // The first clause that fits decides; plain JSON before it means the plain form.
  const [first] = parseAccept(request.headers['accept']);
  if (!wanted || (first?.type === 'application/json' && !first.parameters['as'])) return undefined;

  const version = wanted.parameters['v'] as string;
  const text = JSON.stringify(aggregatedDocument(entries, version));
  const etag = `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"`;
  const headers = {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    etag,
    vary: 'Accept',
    'cache-control': 'public',
  };
  if (request.headers['if-none-match'] === etag) return { status: 304, headers, body: new FixedBody([]) };
  return { status: 200, headers, body: new FixedBody([Buffer.from(text)]) };
}

function aggregatedDocument(entries: CatalogueEntry[], version: string): unknown {
  const items = groupsOf(entries).map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((each) => ({
      version: each.version,
      resources: entriesOf(entries, { group: name, version: each.version }).map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

/** Upstream lists those of custom resources in an order of their own. */
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;

function verbsOf({ custom }: CatalogueEntry['definition']): readonly ResourceVerb[] {
  return custom ? customVerbs : resourceVerbs;
}

function aggregatedResource({ definition }: CatalogueEntry): unknown {
  const { resource, shortNames, categories, singular, verbs = verbsOf(definition) } = definition;
  const { group, version, kind } = resource;
  // Of built-in kinds, an empty group and version are those of the document.
  const shown = (gvk: Gvk): Gvk =>
    definition.isBuiltIn && gvk.group === group && gvk.version === version
      ? { group: '', version: '', kind: gvk.kind }
      : gvk;
  const own = { group, version, kind };
  const subs = subresourcesOf(definition).map((subresource) => ({
    subresource,
    responseKind: shown(gvkIn(subresource, kind) ?? own),
    verbs: subresources[subresource]?.verbs ?? [],
  }));
  return {
    resource: resource.plural,
    responseKind: shown(own),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subs.length > 0 && { subresources: subs }),
  };
}

function resourceList(catalogue: Catalogue, at: { group: string; version: string }): ApiResponse | undefined {
  const entries = entriesOf(catalogue.entries, at);
  if (entries.length === 0) return undefined;
  return jsonResponse(200, {
    kind: 'APIResourceList',
    ...(at.group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(at),
    resources: entries.flatMap(plainResources),
  });
}

function plainResources({ definition }: CatalogueEntry): unknown[] {
  const { resource, shortNames, categories, singular, verbs = verbsOf(definition) } = definition;
  const { plural: name, namespaced, kind, group, version } = resource;
  const own = {
    name,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    // Answers that are never stored have no version of their store.
    ...((verbs as readonly string[]).includes('get') && {
      storageVersionHash: storageVersionHash(definition),
    }),
  };
  const subs = subresourcesOf(definition).map((subresource) => {
    const gvk = gvkIn(subresource, kind);
    return {
      name: `${name}/${subresource}`,
      singularName: '',
      namespaced,
      kind: gvk?.kind ?? kind,
      verbs: subresources[subresource]?.verbs ?? [],
      ...(gvk && (gvk.group !== group || gvk.version !== version) && { group: gvk.group, version: gvk.version }),
    };
  });
  return [own, ...subs];
}

/** Those of custom resources in an order of their own. */
function subresourcesOf({ custom, subresources: own }: CatalogueEntry['definition']): readonly string[] {
  return custom ? own : own.toSorted();
}

/** Kinds that upstream stores in another version than that of which they are served. */
const storedVersions: Record<string, string> = {
  CustomResourceDefinition: 'v1beta1',
  MutatingAdmissionPolicy: 'v1beta1',
  MutatingAdmissionPolicyBinding: 'v1beta1',
};

/** Source: k8s.io/apiserver/pkg/endpoints/discovery/storageversionhash.go. */
function storageVersionHash({ resource, storedAs, custom }: CatalogueEntry['definition']): string {
  const { group, version, kind } = storedAs ?? resource;
  const stored = custom?.storageVersion ?? storedVersions[kind] ?? version;
  return createHash('sha256').update(`${group}/${stored}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function gvkIn(subresource: string, kind: string): Gvk | undefined {
  if (subresource === 'proxy') return { group: '', version: 'v1', kind: `${kind}ProxyOptions` };
  return subresources[subresource]?.gvk;
}

function groupList(entries: CatalogueEntry[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(entries) };
}

interface Group {
  name: string;
  versions: { groupVersion: string; version: string }[];
  preferredVersion: { groupVersion: string; version: string } | undefined;
}

function groupsOf(entries: readonly CatalogueEntry[]): Group[] {
  const names = [...new Set(entries.map(({ definition }) => definition.resource.group))].sort(compareGroups);
  return names.map((name) => {
    const own = entries.filter(({ definition }) => definition.resource.group === name);
    const versions = [...new Set(own.map(({ definition }) => definition.resource.version))]
      .sort(compareVersions)
      .map((version) => ({
        groupVersion: apiVersionOf({ group: name, version }),
        version,
      }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

/** In the order of their names. */
function entriesOf(
  entries: readonly CatalogueEntry[],
  { group, version }: { group: string; version: string },
): CatalogueEntry[] {
  return entries
    .filter(({ definition: { resource } }) => resource.group === group && resource.version === version)
    .sort((a, b) => (a.definition.resource.plural < b.definition.resource.plural ? -1 : 1));
}
