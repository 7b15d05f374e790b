// What does a pod take over from its runtime class? Source: plugin/pkg/admission/runtimeclass.

import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { wasSent } from '../../apimachinery/sent-empty.ts';
import type { Pod, PodSpec, Toleration } from '../../apis/core/generated/v1.ts';
import type { RuntimeClass } from '../../apis/node/generated/v1.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';
import { calledName, forbiddenBy } from './forbidden.ts';

/** Sets overhead, node selector and tolerations of a new pod from its runtime class. */
export async function podRuntimeClass({ verb, operation, object }: AdmissionRequest): Promise<void> {
  if (verb !== 'CREATE' || operation.entry.groupResource !== 'pods' || operation.info.subresource !== '') return;
  const { spec, metadata } = object as Pod;
  if (!spec) return;
  const name = spec.runtimeClassName;
  if (name) await operation.cache.caughtUp(operation.signal);
  const found = name
    ? cachedObject<RuntimeClass>(operation, { group: 'node.k8s.io', plural: 'runtimeclasses', key: name })
    : undefined;
  const why = name && !found ? `pod rejected: RuntimeClass "${name}" not found` : takeOver(spec, found);
  if (why) throw forbiddenBy(operation, calledName({ metadata }), { why });
}

/** Refuses a pod that asks for an overhead of which its class knows nothing. */
export function podOverhead({ verb, operation, object }: AdmissionRequest): void {
  if (verb !== 'CREATE' || operation.info.subresource !== '') return;
  const { spec, metadata } = object as Pod;
  if (!wasSent(spec, 'overhead')) return;
  const key = spec?.runtimeClassName ?? '';
  const place = { group: 'node.k8s.io', plural: 'runtimeclasses', key };
  if (key !== '' && cachedObject<RuntimeClass>(operation, place)?.overhead?.podFixed) return;
  const why = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
  throw forbiddenBy(operation, metadata.name, { why });
}

/** Changes `spec` as its class asks; returns why it can't. */
function takeOver(spec: PodSpec, runtimeClass: RuntimeClass | undefined): string | undefined {
  const overhead = runtimeClass?.overhead?.podFixed;
  if (overhead) {
    if (wasSent(spec, 'overhead') && canonical(spec.overhead ?? {}) !== canonical(overhead))
      return "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    spec.overhead = { ...overhead };
  }
  const { nodeSelector = {}, tolerations = [] } = runtimeClass?.scheduling ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const missing = tolerations.filter((each) => !spec.tolerations?.some((own) => isSame(own, each)));
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing];
  return undefined;
}

function canonical(list: Record<string, string>): string {
  return Object.entries(list)
    .map(([name, amount]) => `${name}=${canonicalQuantity(amount)}`)
    .sort()
    .join();
}

function isSame(a: Toleration, b: Toleration): boolean {
  const fields = ['key', 'operator', 'value', 'effect', 'tolerationSeconds'] as const;
  return fields.every((field) => (a[field] ?? '') === (b[field] ?? ''));
}
