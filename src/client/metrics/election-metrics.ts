// Does this process lead, and does it renew its Lease without detours? Names and labels are upstream's.
// Source: component-base/metrics/prometheus/clientgo/leaderelection; the check: client-go leaderelection/healthzadaptor.

import type { Clock } from '../../base/clock.ts';
import type { HealthCheck } from '../../base/health-checks.ts';
import type { Metric } from '../../base/metrics/exposition.ts';

/** A leader that is still there so long after its Lease has ended is stuck. Source: kube-controller-manager. */
const graceMs = 20_000;

/** What one candidate tells of its Lease. */
export class ElectionMetrics {
  readonly #clock: Clock;
  readonly #name: string;
  #isLeader = false;
  #slowRenewals = 0;
  /** Monotonic time at which the Lease ends. */
  #endsMs = 0;

  /** `name` is the Lease's. */
  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  leads(isLeader: boolean): void {
    this.#isLeader = isLeader;
  }

  /** The Lease was taken or renewed for that long. */
  renewed(durationMs: number): void {
    this.#endsMs = this.#clock.monotonic() + durationMs;
  }

  /** The Lease had to be read before it could be renewed. */
  slowpath(): void {
    this.#slowRenewals += 1;
  }

  /** Fails for a leader whose Lease has long ended. */
  get check(): HealthCheck {
    return {
      name: 'leaderElection',
      check: () =>
        this.#isLeader && this.#clock.monotonic() > this.#endsMs + graceMs
          ? Promise.reject(new Error(`failed election to renew leadership on lease ${this.#name}`))
          : Promise.resolve(),
    };
  }

  metrics(): Metric[] {
    const labels = { name: this.#name };
    return [
      {
        name: 'leader_election_master_status',
        help: 'Is the process the leader: 1, or does it stand by: 0? The name is that of the lease.',
        type: 'gauge',
        samples: [{ labels, value: Number(this.#isLeader) }],
      },
      {
        name: 'leader_election_slowpath_total',
        help: 'Renewals of the lease that had to read it first. The name is that of the lease.',
        type: 'counter',
        samples: [{ labels, value: this.#slowRenewals }],
      },
    ];
  }
}
