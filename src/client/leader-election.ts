// Which of several instances works? The one that holds a Lease and renews it in time; the others wait for it to end.
//
// The semantics are those of client-go's leaderelection. Clocks of different machines are never compared: who waits
// counts from when it saw the Lease change, and who leads stops before others may think that it has.

import { isStatus } from '../apimachinery/status-error.ts';
import type { Lease } from '../apis/coordination/generated/v1.ts';
import { leases } from '../apis/resources.ts';
import { type Clock, rfc3339Micro, TimeoutError } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { withAbortScope } from './abort-scope.ts';
import type { ElectionMetrics } from './metrics/election-metrics.ts';
import type { Client } from './types.ts';

export interface LeaderElectionOptions {
  /** Where the Lease is. */
  namespace: string;
  name: string;
  /** Of this instance; no other may have it. */
  identity: string;
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  metrics?: ElectionMetrics | undefined;
  /** Who waits takes the Lease when it has not changed for this long. */
  leaseDurationMs?: number;
  /** Who leads stops leading when it could not renew for this long; less than the lease's duration. */
  renewDeadlineMs?: number;
  /** Pause between attempts. */
  retryPeriodMs?: number;
}

/** Source: client-go leaderelection, and the defaults of kube-controller-manager. */
export const electionDefaults = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 } as const;
const jitterFactor = 1.2;

/** Why a leader had to stop. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

/**
 * Waits until this instance leads, then runs `lead` until `signal` aborts, with a signal that aborts as soon as the
 * leadership is in doubt: then it rejects with LeadershipLostError after `lead` has stopped. On a normal end it gives the
 * Lease back, so that another takes over at once.
 */
export async function runAsLeader(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const elector = new Elector(options);
  await elector.acquire(signal);
  if (signal.aborted) return;
  try {
    await withAbortScope(signal, async (scope) => {
      const renewing = elector.renewUntilLost(scope.signal).then((isLost) => {
        if (isLost) scope.abort(new LeadershipLostError(`${options.identity} no longer leads`));
      });
      try {
        await lead(scope.signal);
      } finally {
        scope.abort(new Error('The leader has ended'));
        await renewing;
      }
      const reason: unknown = scope.signal.reason;
      if (reason instanceof LeadershipLostError) throw reason;
    });
  } finally {
    await elector.release();
  }
}

/** What the last look at the Lease showed, and when it was first seen like that. */
interface Observation {
  lease: Lease | undefined;
  sinceMs: number;
}

class Elector {
  readonly #options: LeaderElectionOptions & typeof electionDefaults;
  #seen: Observation = { lease: undefined, sinceMs: 0 };
  #isLeader = false;
  /** When the request that last took or renewed the Lease was sent: the Lease may be as old as that. */
  #renewedMs = 0;

  constructor(options: LeaderElectionOptions) {
    const timings = { ...electionDefaults, ...options } as LeaderElectionOptions & typeof electionDefaults;
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings;
    if (leaseDurationMs <= renewDeadlineMs || renewDeadlineMs <= retryPeriodMs * jitterFactor) {
      throw new RangeError(
        `Cannot elect a leader: leaseDuration ${leaseDurationMs} ms must be greater than renewDeadline ${renewDeadlineMs} ms, ` +
          `and that greater than ${jitterFactor} × retryPeriod ${retryPeriodMs} ms`,
      );
    }
    this.#options = timings;
  }

  /** Resolves when this instance holds the Lease, or when `signal` aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, retryPeriodMs, log, identity, name } = this.#options;
    while (!signal.aborted) {
      if (await this.#attempt(signal).catch(unlessAborted(signal))) {
        this.#isLeader = true;
        this.#options.metrics?.leads(true);
        log.info('became leader', { lease: name, identity });
        return;
      }
      const delayMs = retryPeriodMs * (1 + random.next() * (jitterFactor - 1));
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }

  /** Renews until `signal` aborts: false. True if the Lease was taken or could not be renewed in time. */
  async renewUntilLost(signal: AbortSignal): Promise<boolean> {
    const { clock, renewDeadlineMs, retryPeriodMs, log, name } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(retryPeriodMs, signal).catch(() => {});
      if (signal.aborted) return false;
      const leftMs = renewDeadlineMs - (clock.monotonic() - this.#renewedMs);
      const outcome = leftMs > 0 ? await this.#renew(leftMs, signal) : 'failed';
      if (signal.aborted) return false;
      const isLate = clock.monotonic() - this.#renewedMs >= renewDeadlineMs;
      if (outcome === 'renewed' || (outcome === 'failed' && !isLate)) continue;
      this.#isLeader = false;
      this.#options.metrics?.leads(false);
      log.warn('leadership lost', { lease: name, outcome });
      return true;
    }
    return false;
  }

  /** Gives the Lease back, if this instance still holds it. Never rejects: a Lease that stays ends by itself. */
  async release(): Promise<void> {
    const { lease } = this.#seen;
    if (!this.#isLeader || !lease) return;
    this.#isLeader = false;
    this.#options.metrics?.leads(false);
    const { client, clock, retryPeriodMs, log } = this.#options;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: rfc3339Micro(clock.now()) };
    const never = new AbortController().signal;
    try {
      await clock.withTimeout(
        { what: 'the release of the lease', timeoutMs: retryPeriodMs, signal: never },
        (bounded) => client.update(leases, { ...lease, spec }, bounded),
      );
    } catch (error) {
      log.warn('the lease could not be given back; it ends by itself', { error });
    }
  }

  async #renew(timeoutMs: number, signal: AbortSignal): Promise<'renewed' | 'taken' | 'failed'> {
    const { clock, name } = this.#options;
    try {
      const isHeld = await clock.withTimeout({ what: `renewal of lease ${name}`, timeoutMs, signal }, (bounded) =>
        this.#attempt(bounded),
      );
      if (isHeld) return 'renewed';
      return this.#holder() === this.#options.identity ? 'failed' : 'taken';
    } catch (error) {
      if (error instanceof TimeoutError || signal.aborted) return 'failed';
      throw error;
    }
  }

  /** Tries once to take or renew the Lease. Rejects only with a time limit of the caller. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, log, clock } = this.#options;
    try {
      if (this.#isLeader && (await this.#renewAsSeen(signal))) return true;
      const found = await client.get(leases, { namespace, name }, signal).catch(asMissing);
      this.#observe(found);
      const sentMs = clock.monotonic();
      if (!found) {
        const spec = this.#spec(undefined);
        this.#took(await client.create(leases, { metadata: { namespace, name }, spec }, signal), sentMs);
        return true;
      }
      if (!this.#mayTake()) return false;
      if (this.#isLeader) this.#options.metrics?.slowpath();
      this.#took(await client.update(leases, { ...found, spec: this.#spec(found) }, signal), sentMs);
      return true;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // Another was faster, or the server is away: the next look tells.
      log.debug('the lease could not be taken or renewed', { lease: name, error });
      return false;
    }
  }

  /** The leader's short way: nobody else has written the Lease as a rule. False if somebody did. */
  async #renewAsSeen(signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#options;
    const { lease } = this.#seen;
    if (!lease) return false;
    const sentMs = clock.monotonic();
    try {
      this.#took(await client.update(leases, { ...lease, spec: this.#spec(lease) }, signal), sentMs);
      return true;
    } catch (error) {
      if (!isStatus(error, 'Conflict', 'NotFound')) throw error;
      return false;
    }
  }

  #took(lease: Lease, sentMs: number): void {
    this.#observe(lease);
    this.#renewedMs = sentMs;
    this.#options.metrics?.renewed(this.#options.leaseDurationMs);
  }

  #observe(lease: Lease | undefined): void {
    const { clock } = this.#options;
    const isSame = this.#seen.lease?.metadata.resourceVersion === lease?.metadata.resourceVersion;
    this.#seen = { lease, sinceMs: isSame ? this.#seen.sinceMs : clock.monotonic() };
  }

  #holder(): string {
    return this.#seen.lease?.spec?.holderIdentity ?? '';
  }

  #mayTake(): boolean {
    const { identity, clock } = this.#options;
    const holder = this.#holder();
    if (holder === '' || holder === identity) return true;
    const durationMs = (this.#seen.lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
    return clock.monotonic() - this.#seen.sinceMs > durationMs;
  }

  #spec(old: Lease | undefined): NonNullable<Lease['spec']> {
    const { identity, clock, leaseDurationMs } = this.#options;
    const now = rfc3339Micro(clock.now());
    const isOurs = old?.spec?.holderIdentity === identity;
    const transitions = old?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: (isOurs && old?.spec?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: old && !isOurs ? transitions + 1 : transitions,
    };
  }
}

function unlessAborted(signal: AbortSignal): (error: unknown) => false {
  return (error) => {
    if (!signal.aborted) throw error;
    return false;
  };
}

function asMissing(error: unknown): undefined {
  if (!isStatus(error, 'NotFound')) throw error;
}
