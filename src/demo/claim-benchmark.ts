// How long does a claim wait for its volume? Measured one claim after another.

import type { PersistentVolumeClaim } from '../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../apis/resources.ts';
import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import type { Client, WatchEvent } from '../client/types.ts';

export interface ClaimSample {
  /** From the request to create the claim until the watch showed it Bound. */
  boundMs: number;
  /** The driver's CreateVolume call, as the provisioner measured it. */
  createVolumeMs: number;
}

export interface ClaimBenchmarkOptions {
  client: Client;
  clock: Clock;
  namespace: string;
  count: number;
}

export const createVolumeAnnotation = 'amarre.io/create-volume-ms';
const className = 'amarre-demo-immediate';
const outstandingDeletionsMax = 8;

/** Creates and deletes `count` claims; gives one sample each. Leaves nothing behind. */
export async function measureClaims(options: ClaimBenchmarkOptions, signal: AbortSignal): Promise<ClaimSample[]> {
  const { client, count } = options;
  await client.create(
    storageClasses,
    {
      metadata: { name: className },
      provisioner: 'local.csi.amarre.io',
      volumeBindingMode: 'Immediate',
      reclaimPolicy: 'Delete',
    },
    signal,
  );
  const samples: ClaimSample[] = [];
  try {
    for (let index = 0; index < count; index++) {
      samples.push(await measureClaim(`claim-${index}`, options, signal));
      // The pool has room for a few at a time only.
      await volumesBelow(outstandingDeletionsMax, options, signal);
    }
  } finally {
    await volumesBelow(1, options, signal);
    await client.delete(storageClasses, { at: { name: className } }, signal);
  }
  return samples;
}

function volumesBelow(limit: number, { client, clock }: ClaimBenchmarkOptions, signal: AbortSignal): Promise<void> {
  return pollUntil(
    async () => {
      const { items } = await client.list(persistentVolumes, {}, signal);
      return items.filter((volume) => volume.spec?.storageClassName === className).length < limit;
    },
    { clock, signal, intervalMs: 20 },
  );
}

async function measureClaim(
  name: string,
  { client, clock, namespace }: ClaimBenchmarkOptions,
  signal: AbortSignal,
): Promise<ClaimSample> {
  const stop = new AbortController();
  const { resourceVersion } = await client.list(
    persistentVolumeClaims,
    { namespace, fieldSelector: `metadata.name=${name}` },
    signal,
  );
  const watched = AbortSignal.any([signal, stop.signal]);
  const bound = untilBound(
    client.watch(
      persistentVolumeClaims,
      { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion },
      watched,
    ),
    clock,
  );
  const began = clock.monotonic();
  await client.create(persistentVolumeClaims, claimOf(name, namespace), signal);
  const { claim, atMs } = await bound;
  stop.abort();
  const volume = await client.get(persistentVolumes, { name: claim.spec?.volumeName ?? '' }, signal);
  await client.delete(persistentVolumeClaims, { at: { namespace, name } }, signal);
  return { boundMs: atMs - began, createVolumeMs: Number(volume.metadata.annotations?.[createVolumeAnnotation] ?? 0) };
}

async function untilBound(
  events: AsyncIterable<WatchEvent<PersistentVolumeClaim>>,
  clock: Clock,
): Promise<{ claim: PersistentVolumeClaim; atMs: number }> {
  for await (const event of events) {
    if (event.type === 'BOOKMARK' || event.object.status?.phase !== 'Bound') continue;
    return { claim: event.object, atMs: clock.monotonic() };
  }
  throw new Error('The watch of a claim ended before the claim was bound');
}

function claimOf(name: string, namespace: string) {
  return {
    metadata: { name, namespace },
    spec: {
      storageClassName: className,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '300Mi' } },
    },
  };
}

/** The middle value of the samples, in milliseconds, less the driver's share. Pure. */
export function medianBoundMs(samples: readonly ClaimSample[]): number | undefined {
  return median(samples.map(({ boundMs, createVolumeMs }) => boundMs - createVolumeMs));
}

/** The middle value; the mean of the two middle ones of an even number. Pure. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
