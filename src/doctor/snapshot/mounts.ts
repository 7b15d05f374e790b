// Which pods wait for their volumes, which volumes are these, and what did the kubelet say last about them?

import { podCondition } from '../../apis/core/conditions.ts';
import type { ContainerStatus, Event, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { EventText } from '../event-texts.ts';
import { type Evidence, evidence } from '../finding.ts';
import { claimsOfPod, newestEvent, volumeOfClaim } from './joins.ts';
import { siftPods } from './sift.ts';
import { lastSeenMs, type Snapshot } from './snapshot.ts';

/** Pods that have a node and have not started there. */
export function waitingPods(snapshot: Snapshot): readonly Pod[] {
  return siftPods(snapshot).pending.filter(({ spec }) => spec?.nodeName);
}

/** For how long the pod has had a node, in ms. */
export function waitedMs(snapshot: Snapshot, pod: Pod): number {
  const since = podCondition(pod, 'PodScheduled')?.lastTransitionTime ?? pod.metadata.creationTimestamp;
  return snapshot.ageMs(since) ?? 0;
}

/** Volumes that the pod's claims are bound to and that are known. */
export function volumesOfPod(snapshot: Snapshot, pod: Pod): PersistentVolume[] {
  return claimsOfPod(snapshot, pod)
    .map((claim) => volumeOfClaim(snapshot, claim))
    .filter((volume) => volume !== undefined);
}

/** The volume that the text names (`… failed for volume "pv-1"`); every volume of the pod if it names none of them. */
export function volumesNamedBy(snapshot: Snapshot, pod: Pod, text: string): PersistentVolume[] {
  const volumes = volumesOfPod(snapshot, pod);
  const name = /for volume "([^"]+)"/.exec(text)?.[1];
  const named = volumes.filter((volume) => volume.metadata.name === name);
  return named.length > 0 ? named : volumes;
}

/** A pod that waits, and what the kubelet said of it. */
export interface MountFailure {
  pod: Pod;
  event: Event;
  /** The pod's state, then the text. */
  facts: Evidence[];
}

/** Waiting pods with an event of that text, each with the newest one. */
export function mountFailures(snapshot: Snapshot, text: EventText): MountFailure[] {
  return waitingPods(snapshot).flatMap((pod) => {
    const event = newestEvent(snapshot.eventsOf(pod), text);
    if (!event) return [];
    const facts = [
      evidence(pod, 'status.phase', pod.status?.phase),
      evidence(pod, 'spec.nodeName', pod.spec?.nodeName),
      evidence(event, 'message', event.message),
    ];
    return { pod, event, facts };
  });
}

/** Containers of the pod that can't start, for that reason and with that text. */
export function blockedContainers(pod: Pod, reason: string, text: RegExp): ContainerStatus[] {
  return statusesOf(pod).filter(
    ({ state }) => state?.waiting?.reason === reason && text.test(state.waiting.message ?? ''),
  );
}

/** Statuses of the pod's containers and init containers. */
export function statusesOf(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

/** Pods with a container that waits or has ended, now or before its last start. */
export function troubledPods(snapshot: Snapshot): readonly Pod[] {
  return siftPods(snapshot).troubled;
}

/** When an event was first seen, in ms since the epoch. */
export function firstSeenMs(event: Event): number {
  return epochMsOf(event.firstTimestamp ?? event.eventTime ?? '') || lastSeenMs(event);
}

/** For how long an event has been repeated up to the snapshot's moment, in ms. */
export function lastedMs(snapshot: Snapshot, event: Event): number {
  return snapshot.takenAtMs - firstSeenMs(event);
}
