// When did what happen during a failover? Watches the API and notes when each milestone was first seen.

import type { KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import { type FenceProof, fenceProofs } from '../apis/amarre/types.ts';
import type { Pod } from '../apis/core/generated/v1.ts';
import { pods, volumeAttachments } from '../apis/resources.ts';
import type { VolumeAttachment } from '../apis/storage/generated/v1.ts';
import type { Clock } from '../base/clock.ts';
import type { Client } from '../client/types.ts';
import { isPassing } from './patient-client.ts';
import { isReady } from './service-endpoint.ts';

/** Wall-clock milliseconds; undefined until seen. */
export interface Milestones {
  proof: FenceProof | undefined;
  oldAttachmentGoneMs: number | undefined;
  newPodUid: string | undefined;
  newPodNode: string | undefined;
  scheduledMs: number | undefined;
  attachedMs: number | undefined;
  runningMs: number | undefined;
  readyMs: number | undefined;
}

export interface FailoverSubject {
  namespace: string;
  podName: string;
  oldPodUid: string;
  volumeName: string;
  oldNode: string;
}

export type Sighting =
  | { kind: 'pod'; object: Pod }
  | { kind: 'attachment'; type: 'present' | 'deleted'; object: VolumeAttachment }
  | { kind: 'proof'; object: FenceProof };

export function noMilestones(): Milestones {
  return {
    proof: undefined,
    oldAttachmentGoneMs: undefined,
    newPodUid: undefined,
    newPodNode: undefined,
    scheduledMs: undefined,
    attachedMs: undefined,
    runningMs: undefined,
    readyMs: undefined,
  };
}

/** Milestones after one more sighting. Pure. */
export function observe(
  milestones: Milestones,
  subject: FailoverSubject,
  seen: { sighting: Sighting; atMs: number },
): Milestones {
  const { sighting, atMs } = seen;
  switch (sighting.kind) {
    case 'proof': {
      const { spec } = sighting.object;
      // A proof about an earlier writer on the same node says nothing about this one.
      const isOurs = spec.volumeName === subject.volumeName && (spec.podUIDs ?? []).includes(subject.oldPodUid);
      const isNewer = (milestones.proof?.spec.epoch ?? 0) < spec.epoch;
      return isOurs && isNewer ? { ...milestones, proof: sighting.object } : milestones;
    }
    case 'attachment':
      return observeAttachment(milestones, subject, { sighting, atMs });
    case 'pod':
      return observePod(milestones, subject, { pod: sighting.object, atMs });
    default:
      return sighting satisfies never;
  }
}

function observeAttachment(
  milestones: Milestones,
  subject: FailoverSubject,
  { sighting, atMs }: { sighting: Extract<Sighting, { kind: 'attachment' }>; atMs: number },
): Milestones {
  const { spec, status } = sighting.object;
  if (spec.source.persistentVolumeName !== subject.volumeName) return milestones;
  if (spec.nodeName === subject.oldNode) {
    const gone = sighting.type === 'deleted' && milestones.oldAttachmentGoneMs === undefined;
    return gone ? { ...milestones, oldAttachmentGoneMs: atMs } : milestones;
  }
  const attached = sighting.type === 'present' && status?.attached === true && milestones.attachedMs === undefined;
  return attached ? { ...milestones, attachedMs: atMs } : milestones;
}

function observePod(
  milestones: Milestones,
  subject: FailoverSubject,
  { pod, atMs }: { pod: Pod; atMs: number },
): Milestones {
  if (pod.metadata.name !== subject.podName || pod.metadata.uid === subject.oldPodUid) return milestones;
  const isRunning = pod.status?.containerStatuses?.some(({ state }) => state?.running) ?? false;
  return {
    ...milestones,
    newPodUid: pod.metadata.uid,
    newPodNode: pod.spec?.nodeName ?? milestones.newPodNode,
    scheduledMs: milestones.scheduledMs ?? (pod.spec?.nodeName ? atMs : undefined),
    runningMs: milestones.runningMs ?? (isRunning ? atMs : undefined),
    readyMs: milestones.readyMs ?? (isReady(pod) ? atMs : undefined),
  };
}

const rewatchMs = 50;

/** Watches from now on. `run` ends when its signal aborts. */
export class Timeline {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #subject: FailoverSubject;
  milestones = noMilestones();

  constructor(options: { client: Client; clock: Clock; subject: FailoverSubject }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#subject = options.subject;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { namespace } = this.#subject;
    await Promise.all([
      this.#follow(pods, { namespace, sighting: (object) => ({ kind: 'pod', object }) }, signal),
      this.#follow(fenceProofs, { sighting: (object) => ({ kind: 'proof', object }) }, signal),
      this.#follow(volumeAttachments, { sighting: (object, type) => ({ kind: 'attachment', type, object }) }, signal),
    ]);
  }

  /** Lists, then watches; again whenever the stream ends, since the API server may be killed. */
  async #follow<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, sighting }: { namespace?: string; sighting: (object: T, type: 'present' | 'deleted') => Sighting },
    signal: AbortSignal,
  ): Promise<void> {
    let known = new Map<string, T>();
    const note = (object: T, type: 'present' | 'deleted'): void => {
      const seen = { sighting: sighting(object, type), atMs: this.#clock.now() };
      this.milestones = observe(this.milestones, this.#subject, seen);
    };
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.#client.list(resource, { namespace }, signal);
        const listed = new Map(items.map((item) => [item.metadata.uid, item]));
        for (const [uid, object] of known) if (!listed.has(uid)) note(object, 'deleted');
        for (const object of items) note(object, 'present');
        known = listed;
        for await (const event of this.#client.watch(resource, { namespace, resourceVersion }, signal)) {
          if (event.type === 'BOOKMARK') continue;
          if (event.type === 'DELETED') known.delete(event.object.metadata.uid);
          else known.set(event.object.metadata.uid, event.object);
          note(event.object, event.type === 'DELETED' ? 'deleted' : 'present');
        }
      } catch (error) {
        if (!signal.aborted && !isPassing(error) && !isStatus(error, 'Expired', 'Gone')) throw error;
      }
      await this.#clock.sleep(rewatchMs, signal).catch(() => {});
    }
  }
}
