// May something be created in this namespace, and may this namespace be deleted?
// Source: apiserver/pkg/admission/plugin/namespace/lifecycle.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { notFound } from '../../apimachinery/status-error.ts';
import { registryPrefix } from '../cache/watch-cache.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';
import { calledName, forbiddenBy } from './forbidden.ts';

const immortalNamespaces = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses to create in missing or terminating namespaces, and to delete those that the system needs. */
export function namespaceLifecycle(request: AdmissionRequest): Promise<void> | undefined {
  const { verb, operation } = request;
  const { info, entry } = operation;
  const isNamespace = entry.groupResource === 'namespaces';
  if (verb === 'DELETE' && isNamespace && immortalNamespaces.has(info.name)) {
    throw forbiddenBy(operation, info.name, { why: 'this namespace may not be deleted' });
  }
  return verb === 'CREATE' && entry.definition.resource.namespaced ? requireNamespace(request) : undefined;
}

async function requireNamespace({ operation, object }: AdmissionRequest): Promise<void> {
  const { info } = operation;
  const namespace = await findNamespace(operation, info.namespace);
  if (!namespace) throw notFound('namespaces', info.namespace);
  if (!namespace.metadata.deletionTimestamp) return;
  throw forbiddenBy(operation, info.name || (object ? calledName(object) : ''), {
    why: `unable to create new content in namespace ${info.namespace} because it is being terminated`,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${info.namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

async function findNamespace(operation: AdmissionRequest['operation'], name: string): Promise<KubeObject | undefined> {
  const { store, cache, signal } = operation;
  if (store.isShared) {
    // Of a shared store, all who create at the same time share one look at its newest revision.
    await cache.caughtUp(signal);
    return cachedObject(operation, { group: '', plural: 'namespaces', key: name });
  }
  const found = await store.get(`${registryPrefix}core/namespaces/${name}`);
  return found && cache.decode(found).object;
}
