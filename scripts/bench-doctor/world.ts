// What does every object of the generated cluster have in common? Names, identities and times that follow from a seed.

import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { rfc3339, rfc3339Micro } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { type KindName, kindRows } from '../../src/doctor/snapshot/kinds.ts';
import { containerStatuses, managedFields, podConditions } from './pod-parts.ts';

export interface ClusterSize {
  claims: number;
  pods: number;
  nodes: number;
}

export interface Owner {
  kind: string;
  name: string;
  uid: string;
}

export type Rest = Record<string, unknown>;

export const driver = 'disk.csi.example.com';
export const dayMs = 86_400_000;
export const minuteMs = 60_000;

export class World {
  readonly size: ClusterSize;
  readonly nowMs: number;
  readonly random: Random;
  #revision = 1_000;

  constructor(size: ClusterSize, nowMs: number, random: Random) {
    this.size = size;
    this.nowMs = nowMs;
    this.random = random;
  }

  make(
    kind: KindName,
    at: { name: string; namespace?: string; ageMs?: number; labels?: Record<string, string>; owner?: Owner },
    rest: Rest,
  ): { kind: KindName; object: KubeObject & Rest } {
    const { group, version, kind: kindText } = kindRows[kind].resource;
    const { name, namespace, ageMs = 30 * dayMs, labels, owner } = at;
    const uid = this.random.uuid();
    const metadata = {
      name,
      ...(namespace && { namespace }),
      uid,
      resourceVersion: String(this.#revision++),
      creationTimestamp: rfc3339(this.nowMs - ageMs),
      ...(labels && { labels }),
      ...(owner && {
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: owner.kind,
            name: owner.name,
            uid: owner.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      }),
      managedFields: managedFields(rfc3339(this.nowMs - ageMs)),
      ...(rest['metadata'] as Rest | undefined),
    };
    return {
      kind,
      object: {
        apiVersion: group === '' ? version : `${group}/${version}`,
        kind: kindText,
        ...rest,
        metadata,
      },
    };
  }

  leaseSpec(holderIdentity: string): Rest {
    // A little ahead: a measurement that begins late must not find it stale.
    const renewTime = rfc3339Micro(this.nowMs + minuteMs);
    return { spec: { holderIdentity, leaseDurationSeconds: 40, renewTime } };
  }

  driverPod(name: string, images: string[], nodeName: string) {
    const args = [`--kubelet-registration-path=/var/lib/kubelet/plugins/${driver}/csi.sock`];
    const containers = images.map((each) => ({
      name: each,
      image: `registry.k8s.io/sig-storage/${each}:v6.0.0`,
      args,
      resources: {},
    }));
    return this.make(
      'pods',
      { name, namespace: 'storage', labels: { app: 'disk' } },
      { spec: { nodeName, containers }, status: this.podStatus(images) },
    );
  }

  podStatus(names: readonly string[]): Rest {
    const since = rfc3339(this.nowMs - 3 * dayMs);
    return {
      phase: 'Running',
      startTime: since,
      qosClass: 'Burstable',
      podIP: '10.0.0.1',
      hostIP: '10.1.0.1',
      conditions: podConditions(since),
      containerStatuses: containerStatuses(names, since),
    };
  }

  nodeOf(volume: number): number {
    return volume % this.size.nodes;
  }

  volumesOn(node: number): number[] {
    const found: number[] = [];
    for (let pv = node; pv < this.size.claims; pv += this.size.nodes) found.push(pv);
    return found;
  }
}
