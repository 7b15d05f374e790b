// What does the doctor know of a cluster at one moment? Objects by kind, how completely each kind is known, and look-ups.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Event } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import { isListed, type KindName, type KindTable, kindRows } from './kinds.ts';
import type { Coverage } from './types.ts';

export interface SnapshotData {
  /** The moment that the objects show; ages are judged from it. */
  takenAtMs: number;
  objects: { [K in KindName]?: readonly KindTable[K][] };
  /** A kind that is absent here was read whole; what no API server has (`KindRow.reads`), only if `objects` has it. */
  coverage?: { [K in KindName]?: Coverage };
  /** `major.minor` of the API server; undefined if unknown. */
  serverVersion?: string;
}

/** Objects of a cluster. Never changes; look-ups are built on first use. */
export class Snapshot {
  readonly data: SnapshotData;
  /** By kind, namespace (empty for objects of the cluster) and name. Joined keys would have to be hashed at each look-up. */
  readonly #byName = new Map<KindName, Map<string, Map<string, KubeObject>>>();
  readonly #groups = new Map<string, Map<string, KubeObject[]>>();
  readonly #remembered = new Map<string, unknown>();

  constructor(data: SnapshotData) {
    this.data = data;
  }

  get takenAtMs(): number {
    return this.data.takenAtMs;
  }

  /** All objects of a kind that are known. */
  all<K extends KindName>(kind: K): readonly KindTable[K][] {
    return this.data.objects[kind] ?? [];
  }

  /** The object of that name; undefined if it is not known, which proves nothing unless `covers`. */
  find<K extends KindName>(kind: K, at: { namespace?: string; name: string }): KindTable[K] | undefined {
    let index = this.#byName.get(kind);
    if (!index) {
      index = indexByName(this.all(kind), kind);
      this.#byName.set(kind, index);
    }
    const inNamespace = index.get(kindRows[kind].resource.namespaced ? (at.namespace ?? '') : '');
    return inNamespace?.get(at.name) as KindTable[K] | undefined;
  }

  /**
   * Objects of a kind whose `keysOf` has `key`. `index` names the look-up, and must always go with the same function:
   * `snapshot.where('claims', { index: 'claimsByPhase', key: 'Pending', keysOf })`.
   */
  where<K extends KindName>(
    kind: K,
    { index, key, keysOf }: { index: string; key: string; keysOf: (object: KindTable[K]) => readonly string[] },
  ): readonly KindTable[K][] {
    let groups = this.#groups.get(index);
    if (!groups) {
      groups = new Map();
      for (const object of this.all(kind)) {
        for (const each of keysOf(object)) {
          const group = groups.get(each);
          if (group) group.push(object);
          else groups.set(each, [object]);
        }
      }
      this.#groups.set(index, groups);
    }
    return (groups.get(key) ?? []) as unknown as readonly KindTable[K][];
  }

  /** What `compute` returns; computed once. `name` must always go with the same function. */
  remember<T>(name: string, compute: () => T): T {
    if (!this.#remembered.has(name)) this.#remembered.set(name, compute());
    return this.#remembered.get(name) as T;
  }

  /** Events about an object, newest first. By UID where the event has one, so that a namesake's events don't count. */
  eventsOf(object: KubeObject): readonly Event[] {
    const { uid, namespace = '', name } = object.metadata;
    const events = this.where('events', {
      index: 'eventsByObject',
      key: `${object.kind}/${namespace}/${name}`,
      keysOf: ({ involvedObject: about }) => [`${about.kind}/${about.namespace ?? ''}/${about.name}`],
    });
    return events
      .filter(({ involvedObject: about }) => !about.uid || about.uid === uid)
      .toSorted((a, b) => lastSeenMs(b) - lastSeenMs(a) || versionOf(b) - versionOf(a));
  }

  coverage(kind: KindName): Coverage {
    const stated = this.data.coverage?.[kind];
    if (stated) return stated;
    const isGiven = this.data.objects[kind] !== undefined || isListed(kind);
    return isGiven ? { state: 'read' } : { state: 'unread', reason: 'not given, and nobody was asked for it' };
  }

  /** Is every object of the kind known (in `namespace`, if given)? Only then is absence a fact. */
  covers(kind: KindName, namespace?: string): boolean {
    const coverage = this.coverage(kind);
    if (coverage.state === 'partial') return namespace !== undefined && coverage.namespaces.includes(namespace);
    return coverage.state !== 'unread';
  }

  /** Milliseconds from `timestamp` (RFC 3339) to the snapshot's moment; undefined without one. */
  ageMs(timestamp: string | null | undefined): number | undefined {
    if (!timestamp) return undefined;
    const at = epochMsOf(timestamp);
    return Number.isNaN(at) ? undefined : this.takenAtMs - at;
  }
}

function indexByName(objects: readonly KubeObject[], kind: KindName): Map<string, Map<string, KubeObject>> {
  const { namespaced } = kindRows[kind].resource;
  const index = new Map<string, Map<string, KubeObject>>();
  for (const object of objects) {
    const namespace = namespaced ? (object.metadata.namespace ?? '') : '';
    let inNamespace = index.get(namespace);
    if (!inNamespace) {
      inNamespace = new Map();
      index.set(namespace, inNamespace);
    }
    inNamespace.set(object.metadata.name, object);
  }
  return index;
}

/** Of two events of one second, the one that was written later has the higher version. */
function versionOf({ metadata }: Event): number {
  return Number(metadata.resourceVersion) || 0;
}

/** When an event was last seen, in ms since the epoch; 0 if it does not say. */
export function lastSeenMs(event: Event): number {
  const stamp =
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return epochMsOf(stamp ?? '') || 0;
}
