// When did each node last give a sign of life, and can the observer see at all?
// Reads Leases; the judgement is fencing/suspicion.ts.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { Lease } from '../../apis/coordination/generated/v1.ts';
import { leases, nodes } from '../../apis/resources.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { ControllerDeps } from '../../client/controller.ts';
import { type Client, type Informers, UnreachableError } from '../../client/types.ts';
import {
  assessNodes,
  contactAfterRead,
  type NodeAssessment,
  type ObserverContact,
  type SuspicionThresholds,
} from '../../fencing/suspicion.ts';

export const leaseNamespace = 'kube-node-lease';

/** Own reads come at least this often; `readGapMaxMs` must be well above. */
const readIntervalMs = 500;
const readTimeoutMs = 1_000;

interface Renewal {
  renewTime: string | undefined;
  /** Of the Lease; 0 if there is none. */
  revision: number;
  /** Monotonic milliseconds. */
  seenMs: number;
}

/** Keeps one assessment for each Node. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #informers: Informers;
  readonly #thresholds: SuspicionThresholds;
  readonly #renewals = new Map<string, Renewal>();
  readonly #assessments = new Map<string, NodeAssessment>();
  #contact: Omit<ObserverContact, 'nowMs'> | undefined;

  constructor({ clock, client, informers }: Pick<ControllerDeps, 'clock' | 'client' | 'informers'>, thresholds: SuspicionThresholds) {
    this.#clock = clock;
    this.#client = client;
    this.#informers = informers;
    this.#thresholds = thresholds;
    // The watch shows a renewal within milliseconds, so the silence is counted from the right moment.
    informers.of(leases).onChange(({ object }) => this.#noteRenewal(object));
  }

  /** The newest assessment; undefined before the node was judged. */
  assessment(nodeName: string): NodeAssessment | undefined {
    return this.#assessments.get(nodeName);
  }

  /** Reads and judges until `signal` aborts. Calls `onChange` with each node whose health or brake changed. */
  async run(onChange: (nodeName: string) => void, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#read(signal);
      const recheckInMs = this.#assess(onChange);
      await this.#clock.sleep(Math.min(readIntervalMs, recheckInMs), signal);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const sentMs = this.#clock.monotonic();
    try {
      const bounds = { what: 'own read of the node leases', timeoutMs: readTimeoutMs, signal };
      const { items } = await this.#clock.withTimeout(bounds, (bounded) =>
        this.#client.list(leases, { namespace: leaseNamespace }, bounded),
      );
      for (const lease of items) this.#noteRenewal(lease);
      this.#contact = contactAfterRead(this.#contact, { sentMs, answeredMs: this.#clock.monotonic() }, this.#thresholds);
    } catch (error) {
      signal.throwIfAborted();
      // A failed read is what this loop is there to notice: the contact is not renewed.
      if (!isNoAnswer(error)) throw error;
    }
  }

  #noteRenewal({ metadata, spec }: Lease): void {
    if (metadata.namespace !== leaseNamespace) return;
    const known = this.#renewals.get(metadata.name);
    const revision = Number(metadata.resourceVersion);
    // The watch may lag behind a read. Revisions tell which is newer; the node's own clock may jump.
    if (known && (revision <= known.revision || known.renewTime === spec?.renewTime)) return;
    this.#renewals.set(metadata.name, { renewTime: spec?.renewTime, revision, seenMs: this.#clock.monotonic() });
  }

  /** Milliseconds until time alone could change an assessment. */
  #assess(onChange: (nodeName: string) => void): number {
    if (!this.#contact) return readIntervalMs;
    const nowMs = this.#clock.monotonic();
    const names = this.#informers.of(nodes).list().map((node) => node.metadata.name);
    const observed = names.map((nodeName) => ({ nodeName, lastRenewalMs: this.#lastRenewalMs(nodeName, nowMs) }));
    const assessments = assessNodes({
      nodes: observed,
      observer: { ...this.#contact, nowMs },
      thresholds: this.#thresholds,
    });
    this.#forgetAllBut(new Set(names));
    for (const assessment of assessments) this.#keep(assessment, onChange);
    return Math.min(...assessments.map(({ recheckInMs }) => recheckInMs ?? Number.POSITIVE_INFINITY));
  }

  #lastRenewalMs(nodeName: string, nowMs: number): number {
    const known = this.#renewals.get(nodeName);
    if (known) return known.seenMs;
    // No Lease yet: the node has its time from now on.
    this.#renewals.set(nodeName, { renewTime: undefined, revision: 0, seenMs: nowMs });
    return nowMs;
  }

  #forgetAllBut(names: ReadonlySet<string>): void {
    for (const name of this.#assessments.keys()) if (!names.has(name)) this.#assessments.delete(name);
    for (const name of this.#renewals.keys()) if (!names.has(name)) this.#renewals.delete(name);
  }

  #keep(assessment: NodeAssessment, onChange: (nodeName: string) => void): void {
    const { nodeName, health, isBraked } = assessment;
    const before = this.#assessments.get(nodeName);
    this.#assessments.set(nodeName, assessment);
    if (before?.health !== health || before.isBraked !== isBraked) onChange(nodeName);
  }
}

/** Did the server not answer, or not with what was asked? */
function isNoAnswer(error: unknown): boolean {
  return error instanceof UnreachableError || error instanceof StatusError || error instanceof TimeoutError;
}
