// What stands between an object and its end? Grace periods, finalizers, and who is kept for whose sake.
// Source: apiserver/pkg/registry/rest BeforeDelete and generic/registry store.

import { ownField } from '../../apimachinery/json-fields.ts';
import type { DeleteOptions, KubeObject } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { Namespace, Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import { cleanupFinalizer, crdGroupResource, withCondition } from '../customresources/naming.ts';
import type { CatalogueEntry } from './catalogue.ts';

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';
const defaultPodGraceSeconds = 30;

export type DeletionStep =
  /** Nothing keeps the object: remove it. `last` is how it looks then. */
  | { type: 'Remove'; last: KubeObject }
  /** Something does: write `object`, which says that it is being deleted. */
  | { type: 'Mark'; object: KubeObject }
  /** It is marked already, and nothing new was asked. */
  | { type: 'Keep' };

/** Decides what deleting `current` comes to. */
export function deletionStep(
  entry: CatalogueEntry,
  current: KubeObject,
  { options, nowMs }: { options: DeleteOptions; nowMs: number },
): DeletionStep {
  const finalizers = [...finalizersFor(entry, current, options), ...cleanupFinalizers(entry, current)];
  const grace = graceSeconds(entry, current, options);
  const pending = finalizers.length > 0 || hasSpecFinalizers(entry, current);
  const marked = markDeleted(current, { finalizers, grace, nowMs, entry });
  if (!pending && grace === 0) {
    // Only kinds with a grace period show that it is over.
    const isGraceful = entry.groupResource === 'pods';
    return { type: 'Remove', last: (isGraceful && marked) || current };
  }
  return marked ? { type: 'Mark', object: marked } : { type: 'Keep' };
}

/** Is this object, as it is about to be written, only waiting for its last finalizer to go? */
export function isReadyToVanish(entry: CatalogueEntry, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return false;
  return deletionGracePeriodSeconds === 0 && !hasSpecFinalizers(entry, object);
}

/** A namespace is also kept by the finalizers in its spec, which its controller removes through /finalize. */
function hasSpecFinalizers(entry: CatalogueEntry, object: KubeObject): boolean {
  return entry.groupResource === 'namespaces' && ((object as Namespace).spec?.finalizers ?? []).length > 0;
}

/** A definition stays until the objects that it defines are gone. */
function cleanupFinalizers({ groupResource }: CatalogueEntry, { metadata }: KubeObject): string[] {
  const isFirst = metadata.deletionTimestamp === undefined && !metadata.finalizers?.includes(cleanupFinalizer);
  return groupResource === crdGroupResource && isFirst ? [cleanupFinalizer] : [];
}

type PropagationPolicy = NonNullable<DeleteOptions['propagationPolicy']>;

/** What a deletion that says nothing leaves to the garbage collector. Source: DefaultGarbageCollectionPolicy of upstream's strategies. */
const defaultPolicies: Record<string, PropagationPolicy> = {
  'jobs.batch': 'Orphan',
  replicationcontrollers: 'Orphan',
};

/** Nothing depends on them, whatever a deletion says. */
const withoutDependents = new Set(['events', 'events.events.k8s.io']);

/** Does a deletion that says nothing about dependents leave pods behind that nobody may have wanted to keep? */
export function isOrphaningUnsaid({ groupResource }: CatalogueEntry, options: DeleteOptions): boolean {
  return groupResource === 'jobs.batch' && saidPolicy(options) === undefined;
}

function saidPolicy({ propagationPolicy, orphanDependents }: DeleteOptions): PropagationPolicy | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  return propagationPolicy;
}

function finalizersFor({ groupResource }: CatalogueEntry, { metadata }: KubeObject, options: DeleteOptions): string[] {
  const present = metadata.finalizers ?? [];
  const isOfCollector = (each: string): boolean => each === orphanFinalizer || each === foregroundFinalizer;
  const others = present.filter((each) => !isOfCollector(each));
  if (withoutDependents.has(groupResource)) return others;
  const said = saidPolicy(options);
  if (said === undefined && present.some(isOfCollector)) return present;
  const policy = said ?? ownField(defaultPolicies, groupResource);
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  return policy === 'Foreground' ? [...others, foregroundFinalizer] : others;
}

/** Seconds that the object is given to end; only pods that run somewhere get any. Source: podStrategy.CheckGracefulDelete. */
function graceSeconds(entry: CatalogueEntry, object: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (entry.groupResource !== 'pods') return 0;
  const { spec, status, metadata } = object as Pod;
  if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  const wanted = gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultPodGraceSeconds;
  const seconds = wanted < 0 ? 1 : wanted;
  if (metadata.deletionTimestamp === undefined) return seconds;
  // A second delete may shorten the period, never lengthen it.
  const remaining = metadata.deletionGracePeriodSeconds ?? 0;
  return gracePeriodSeconds === undefined ? remaining : Math.min(seconds, remaining);
}

const ownWay = new Set(['namespaces', crdGroupResource]);

interface Mark {
  finalizers: string[];
  grace: number;
  nowMs: number;
  entry: CatalogueEntry;
}

function markDeleted(current: KubeObject, { finalizers, grace, nowMs, entry }: Mark): KubeObject | undefined {
  const { metadata } = current;
  const wasMarked = metadata.deletionTimestamp !== undefined;
  const sameFinalizers = finalizers.join() === (metadata.finalizers ?? []).join();
  if (wasMarked && sameFinalizers && grace === (metadata.deletionGracePeriodSeconds ?? 0)) return undefined;

  const isOwn = ownWay.has(entry.groupResource);
  const since = wasMarked
    ? epochMsOf(metadata.deletionTimestamp as string) - 1000 * (metadata.deletionGracePeriodSeconds ?? 0)
    : nowMs;
  const marked = {
    ...current,
    metadata: {
      ...metadata,
      finalizers,
      deletionTimestamp: rfc3339(since + 1000 * grace),
      // Namespaces and definitions have ways of their own to go, without a period.
      ...(!isOwn && { deletionGracePeriodSeconds: grace }),
      ...(!isOwn && !wasMarked && metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  };
  if (finalizers.length === 0) delete (marked.metadata as Partial<typeof marked.metadata>).finalizers;
  if (entry.groupResource === crdGroupResource && !wasMarked) return terminating(marked, nowMs);
  if (entry.groupResource !== 'namespaces') return marked;
  const namespace = marked as Namespace;
  return { ...namespace, status: { ...namespace.status, phase: 'Terminating' } } as KubeObject;
}

function terminating(object: KubeObject, nowMs: number): KubeObject {
  const definition = object as CustomResourceDefinition;
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const conditions = withCondition(definition.status?.conditions ?? [], condition, nowMs);
  return { ...definition, status: { ...definition.status, conditions } } as KubeObject;
}
