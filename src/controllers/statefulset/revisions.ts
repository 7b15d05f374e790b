// Which ControllerRevision stands for a pod template? Models kubernetes/pkg/controller/history.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import type { Draft } from '../../apimachinery/meta.ts';
import type { ControllerRevision, StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PodTemplateSpec } from '../../apis/core/generated/v1.ts';
import { ownedBy } from './pod-template.ts';

const hashLabel = 'controller.kubernetes.io/hash';

/** The data that upstream keeps: the template as a patch that replaces the old one. */
interface RevisionData {
  spec: { template: PodTemplateSpec & { $patch: 'replace' } };
}

/** Oldest first. */
export function byAge(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  return [...revisions].sort((a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The newest revision that holds the set's template. */
export function revisionOfTemplate(
  set: StatefulSet,
  revisions: readonly ControllerRevision[],
): ControllerRevision | undefined {
  return byAge(revisions).findLast((each) => semanticallyEqual(each.data, dataOf(set)));
}

/** The revision object for the set's template. Its name changes with `collisionCount`. */
export function newRevision(set: StatefulSet, { number }: { number: number }): Draft<ControllerRevision> {
  const data = dataOf(set);
  const collisions = set.status?.collisionCount ?? 0;
  const hash = safeHash(`${JSON.stringify(sortKeys(data))}${collisions || ''}`);
  return {
    metadata: {
      name: `${set.metadata.name}-${hash}`,
      ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
      labels: { ...set.spec?.template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [ownedBy(set)],
    },
    data,
    revision: number,
  };
}

/** The set as it was at `revision`. */
export function setAtRevision(set: StatefulSet, revision: ControllerRevision): StatefulSet {
  const { $patch: _, ...template } = (revision.data as RevisionData).spec.template;
  return set.spec ? { ...set, spec: { ...set.spec, template } } : set;
}

function dataOf(set: StatefulSet): RevisionData {
  return { spec: { template: { ...set.spec?.template, $patch: 'replace' } } };
}

// As k8s.io/apimachinery/pkg/util/rand SafeEncodeString: no vowels, no look-alikes.
const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a over UTF-8, in decimal digits, each written as a safe letter. */
function safeHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash).replace(/[0-9]/g, (digit) => safeAlphabet[digit.charCodeAt(0) % safeAlphabet.length] ?? '');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}
