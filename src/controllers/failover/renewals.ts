// When did we last see each node renew its Lease? By our own clock: what the node says of time proves nothing.

import type { Lease } from '../../apis/coordination/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Informer } from '../../client/types.ts';

export const leaseNamespace = 'kube-node-lease';

interface Renewal {
  renewTime: string | undefined;
  /** Monotonic milliseconds of our first sight of it: after a restart of ours the wait begins anew. */
  seenMs: number;
}

/** Notes every change of `spec.renewTime` from now on. */
export class Renewals {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Renewal>();

  constructor(clock: Clock, leases: Informer<Lease>) {
    this.#clock = clock;
    leases.onChange(({ type, object }) => {
      if (type !== 'deleted') this.note(object);
    });
  }

  /** For how many milliseconds nothing came from `nodeName`; 0 if it has no Lease. */
  silentMs(nodeName: string): number {
    const renewal = this.#seen.get(nodeName);
    return renewal ? this.#clock.monotonic() - renewal.seenMs : 0;
  }

  note({ metadata, spec }: Lease): void {
    if (metadata.namespace !== leaseNamespace) return;
    const known = this.#seen.get(metadata.name);
    if (known && known.renewTime === spec?.renewTime) return;
    this.#seen.set(metadata.name, { renewTime: spec?.renewTime, seenMs: this.#clock.monotonic() });
  }
}
