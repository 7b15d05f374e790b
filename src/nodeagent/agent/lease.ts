// How does the control plane know that this agent lives? It renews a lease, and after each success pets the switch.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { Lease } from '../../apis/coordination/generated/v1.ts';
import { leases } from '../../apis/resources.ts';
import { type Clock, rfc3339Micro } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client } from '../../client/types.ts';

export interface LeaseDeps {
  nodeName: string;
  renewMs: number;
  durationSeconds: number;
  client: Client;
  clock: Clock;
  log: Logger;
  /** CLOCK_BOOTTIME milliseconds; undefined: there is no dead-man's switch to pet. */
  boottimeMs: (() => number) | undefined;
  /** Called with the boot time before the renewal that the API has accepted was sent. */
  onRenewed: (sentAtBoottimeMs: number | undefined, signal: AbortSignal) => Promise<void>;
  /** Renewals stood still (the agent was stopped, or cut off) and go on now. */
  onGap: (gapMs: number) => void;
}

const namespace = 'kube-node-lease';
// The observer suspects a node after 2.5 s; whatever stood still that long may have missed changes.
const gapMs = 2_000;

/** Renews until `signal` aborts. A failed renewal is tried again at the next beat. */
export async function keepLease(deps: LeaseDeps, signal: AbortSignal): Promise<void> {
  const { clock, renewMs, log } = deps;
  let lastMs = clock.monotonic();
  let failures = 0;
  while (!signal.aborted) {
    const beatMs = clock.monotonic();
    try {
      // Taken before sending: from here the observer's clock can only have started later.
      const sentAt = deps.boottimeMs?.();
      await clock.withTimeout({ what: 'the renewal of the lease', timeoutMs: 2_000, signal }, (bounded) =>
        renew(deps, bounded),
      );
      const nowMs = clock.monotonic();
      if (nowMs - lastMs > gapMs) deps.onGap(nowMs - lastMs);
      lastMs = nowMs;
      if (failures > 0) log.info('lease renewed again', { failures });
      failures = 0;
      await deps.onRenewed(sentAt, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (failures === 1) log.warn('cannot renew the lease', { error });
    }
    const leftMs = renewMs - (clock.monotonic() - beatMs);
    await clock.sleep(Math.max(10, leftMs), signal).catch(() => {});
  }
}

async function renew({ nodeName, durationSeconds, client, clock }: LeaseDeps, signal: AbortSignal): Promise<void> {
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: durationSeconds,
    renewTime: rfc3339Micro(clock.now()),
  };
  try {
    await client.patch<Lease>(leases, { at: { namespace, name: nodeName }, body: { spec } }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    await client.create<Lease>(
      leases,
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name: nodeName }, spec },
      signal,
    );
  }
}
