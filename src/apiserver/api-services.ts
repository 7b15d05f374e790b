// Which group versions does this server have, as APIServices? Source: kube-aggregator's autoregistration, whose labels,
// priorities and condition these are.

import type { KubeObject } from '../apimachinery/meta.ts';
import { notFound, StatusError } from '../apimachinery/status-error.ts';
import type { APIService } from '../apis/apiregistration/generated/v1.ts';
import { rfc3339 } from '../base/clock.ts';
import { apiPriority } from './api-priority.ts';
import { StoredObject } from './cache/stored-object.ts';
import { listResponse, objectResponse } from './forms/object-response.ts';
import { negotiateForm } from './media-type.ts';
import { cachedObject } from './registry/cached-objects.ts';
import { type Catalogue, methodNotAllowed } from './registry/catalogue.ts';
import type { Operation } from './registry/context.ts';
import { selectionOf } from './registry/selection.ts';
import type { ApiRequest, ApiResponse } from './types.ts';

/** The group of APIServices is not one of its own objects. */
const withoutService = 'apiregistration.k8s.io';

/** Answers a get or list of APIServices. Rejects with StatusError. */
export async function apiServicesResponse(operation: Operation, { headers }: ApiRequest): Promise<ApiResponse> {
  const { info, entry, cache, clock, catalogue, signal } = operation;
  if (info.subresource !== '') throw new StatusError('NotFound', 'the server could not find the requested resource');
  if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
  const form = negotiateForm(headers['accept'], { hasProtobuf: false, isStream: false, hasTable: true });
  const options = { form, includeObject: info.query.get('includeObject'), nowMs: clock.now() };
  await cache.caughtUp(signal);
  // As old as the namespaces that the server made first.
  const oldest = cachedObject(operation, { group: '', plural: 'namespaces', key: 'default' });
  const since = oldest?.metadata.creationTimestamp ?? rfc3339(clock.now());
  const isChosen = selectionOf(operation);
  const items = servedApis(catalogue, since)
    .filter((service) => isChosen?.(service) ?? true)
    .map(asStored);
  if (info.verb === 'list')
    return listResponse(
      entry,
      { items, revision: cache.revision, continueToken: undefined, remaining: undefined },
      options,
    );
  const found = items.find(({ object }) => object.metadata.name === info.name);
  if (!found) throw notFound(entry.groupResource, info.name);
  return objectResponse(entry, found, { ...options, status: 200 });
}

function servedApis({ entries }: Catalogue, since: string): APIService[] {
  const served = new Map<string, APIService>();
  for (const { definition } of entries) {
    const { group, version } = definition.resource;
    if (group === withoutService) continue;
    const name = `${version}.${group}`;
    const spec = { ...(group !== '' && { group }), version, ...apiPriority({ group, version }) };
    served.set(name, apiServiceOf(spec, { name, since, isBuiltIn: definition.isBuiltIn }));
  }
  return [...served.values()].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function apiServiceOf(
  spec: APIService['spec'],
  { name, since, isBuiltIn }: { name: string; since: string; isBuiltIn: boolean },
): APIService {
  const labels = { 'kube-aggregator.kubernetes.io/automanaged': isBuiltIn ? 'onstart' : 'true' };
  const metadata = { name, labels, uid: '', resourceVersion: '', creationTimestamp: since };
  const condition = {
    type: 'Available',
    status: 'True',
    lastTransitionTime: since,
    reason: 'Local',
    message: 'Local APIServices are always available',
  };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata,
    ...(spec && { spec }),
    status: { conditions: [condition] },
  };
}

function asStored(object: KubeObject): StoredObject {
  return new StoredObject({ key: '', revision: 0, bytes: Buffer.from(JSON.stringify(object)), object });
}
