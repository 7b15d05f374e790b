// Does this object still fit into its namespace's quotas? Source: apiserver/pkg/admission/plugin/resourcequota.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { Container, Pod, ResourceQuota } from '../../apis/core/generated/v1.ts';
import { isInScope } from '../../apis/quota/scopes.ts';
import { addUsage, computeUsage, exceeded, increase, masked, type Usage, usageOf } from '../../apis/quota/usage.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { ownersOfChanged, putOwners } from '../registry/ownership.ts';
import { replaceObject, untilSwapped } from '../registry/storage.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

/** Pods that are counted must say how much of these they take. */
const mustBeNamed = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/**
 * Charges every quota that counts the object, or refuses it. The charge is written before the object: an object
 * that is then refused for another reason leaves one too high, until the quota controller counts again.
 */
export function resourceQuota(request: AdmissionRequest): Promise<void> | undefined {
  const { object } = request;
  return object && isCounted(request) ? chargeQuotas(request, object) : undefined;
}

async function chargeQuotas({ verb, operation, old }: AdmissionRequest, object: KubeObject): Promise<void> {
  const { entry, info, clock, cache, signal } = operation;
  await cache.caughtUp(signal);
  const quotas = cachedObjects<ResourceQuota>(operation, {
    group: '',
    plural: 'resourcequotas',
    namespace: info.namespace,
  });
  for (const quota of quotas) {
    const kind = entry.groupResource;
    const usage = (each: KubeObject | undefined): Usage =>
      each && isInScope(quota, kind, each) ? usageOf(kind, each, clock.now()) : {};
    const names = Object.keys(quota.spec?.hard ?? {});
    if (verb === 'CREATE' && kind === 'pods' && isInScope(quota, kind, object)) checkNamed(operation, object, quota);
    const wanted = masked(increase(usage(object), verb === 'UPDATE' ? usage(old) : {}), names);
    if (Object.keys(wanted).length > 0) await charge(operation, object.metadata.name, { quota, wanted });
  }
}

/** Creations, and the updates that can make an object use more. */
function isCounted({ verb, operation: { entry, info } }: AdmissionRequest): boolean {
  if (!entry.definition.resource.namespaced) return false;
  if (verb === 'CREATE') return info.subresource === '';
  if (verb !== 'UPDATE') return false;
  if (entry.groupResource === 'pods') return info.subresource === 'resize';
  return info.subresource === '' && ['persistentvolumeclaims', 'services'].includes(entry.groupResource);
}

function checkNamed(operation: Operation, pod: Pod, quota: ResourceQuota): void {
  const required = mustBeNamed.filter((name) => quota.spec?.hard?.[name] !== undefined);
  const containers: Container[] = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const missing = required.flatMap((name) => {
    const silent = containers.filter(
      ({ resources }) => computeUsage(resources?.requests ?? {}, resources?.limits ?? {})[name] === undefined,
    );
    return silent.length === 0
      ? []
      : [
          `${name} for: ${silent
            .map((each) => each.name)
            .sort()
            .join(',')}`,
        ];
  });
  if (missing.length === 0) return;
  const why = `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`;
  throw forbiddenBy(operation, pod.metadata.name, { why });
}

/** Adds what is wanted to the quota's use, against its newest state. */
async function charge(
  operation: Operation,
  name: string,
  { quota, wanted }: { quota: ResourceQuota; wanted: Usage },
): Promise<void> {
  const { namespace = '', name: quotaName } = quota.metadata;
  const own = quotaOperation(operation, { namespace, name: quotaName });
  try {
    await untilSwapped<undefined>(own, async (current) => {
      const next = charged(operation, current.object, { name, wanted });
      putOwners(next, await ownersOfChanged(own, current.object, next));
      const swap = await replaceObject(own, current, next);
      return swap.ok ? { done: undefined, isWritten: true } : { retry: swap.current };
    });
  } catch (error) {
    // A quota that went in the meantime allows everything.
    if (!isStatus(error, 'NotFound')) throw error;
  }
}

/** The quota with what is wanted added to its use. Throws Forbidden if that is too much. */
function charged(
  operation: Operation,
  quota: ResourceQuota,
  { name, wanted }: { name: string; wanted: Usage },
): ResourceQuota {
  const { status, metadata } = quota;
  const names = Object.keys(wanted);
  const uncounted = names.filter((each) => status?.used?.[each] === undefined).sort();
  if (uncounted.length > 0) {
    const why = `status unknown for quota: ${metadata.name}, resources: ${uncounted.join(',')}`;
    throw forbiddenBy(operation, name, { why });
  }
  const used = addUsage([status?.used ?? {}, wanted]);
  const over = exceeded(used, masked(status?.hard ?? {}, names));
  if (over.length === 0) return { ...quota, metadata: { ...metadata }, status: { ...status, used } };
  const amounts = (list: Usage | undefined): string => over.map((each) => `${each}=${list?.[each] ?? '0'}`).join(',');
  const why = `exceeded quota: ${metadata.name}, requested: ${amounts(wanted)}, used: ${amounts(status?.used)}, limited: ${amounts(status?.hard)}`;
  throw forbiddenBy(operation, name, { why });
}

/** The server's own write to the status of a quota. */
function quotaOperation(operation: Operation, { namespace, name }: { namespace: string; name: string }): Operation {
  const place = { group: '', version: 'v1', resource: 'resourcequotas', subresource: 'status' };
  const info = { ...operation.info, ...place, namespace, name, verb: 'update' as const, method: 'PUT', isNamed: true };
  return {
    ...operation,
    info,
    write: { ...operation.write, manager: 'kube-apiserver' },
    entry: operation.catalogue.require(info),
    user: { name: 'system:apiserver', groups: ['system:masters'] },
  };
}
