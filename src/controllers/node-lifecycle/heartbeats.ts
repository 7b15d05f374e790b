// When did each node last give a sign of life, and can the observer see at all?
// Reads Leases; the judgement is fencing/suspicion.ts.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { Lease } from '../../apis/coordination/generated/v1.ts';
import { nodeCondition } from '../../apis/core/conditions.ts';
import type { Node } from '../../apis/core/generated/v1.ts';
import { leases, nodes } from '../../apis/resources.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { ControllerDeps } from '../../client/controller.ts';
import { type Change, type Client, type Informers, UnreachableError } from '../../client/types.ts';
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

/** Observes all nodes, and judges them whenever asked. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #informers: Informers;
  readonly #thresholds: SuspicionThresholds;
  readonly #renewals = new Map<string, Renewal>();
  /** What `run` last told of each node: `Suspected braked`. */
  readonly #told = new Map<string, string>();
  #contact: Omit<ObserverContact, 'nowMs'> | undefined;

  constructor(
    { clock, client, informers }: Pick<ControllerDeps, 'clock' | 'client' | 'informers'>,
    thresholds: SuspicionThresholds,
  ) {
    this.#clock = clock;
    this.#client = client;
    this.#informers = informers;
    this.#thresholds = thresholds;
    // The watch shows a renewal within milliseconds, so the silence is counted from the right moment.
    informers.of(leases).onChange(({ object }) => this.#noteRenewal(object));
    informers.of(nodes).onChange((change) => this.#noteStatus(change));
  }

  /** The judgement of this moment; undefined before the first own read. */
  assessment(nodeName: string): NodeAssessment | undefined {
    return this.#assess().find((each) => each.nodeName === nodeName);
  }

  /** Reads and judges until `signal` aborts. Calls `onChange` with each node whose health or brake changed. */
  async run(onChange: (nodeName: string) => void, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#read(signal);
      const assessments = this.#assess();
      this.#tell(assessments, onChange);
      const recheckInMs = assessments.map((each) => each.recheckInMs ?? readIntervalMs);
      await this.#clock.sleep(Math.min(readIntervalMs, ...recheckInMs), signal);
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
      this.#contact = contactAfterRead(
        this.#contact,
        { sentMs, answeredMs: this.#clock.monotonic() },
        this.#thresholds,
      );
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

  /** A status that an agent posted is a sign of life, too; it may come before the first new renewal. */
  #noteStatus({ object, previous }: Change<Node>): void {
    const ready = nodeCondition(object, 'Ready');
    const before = previous && nodeCondition(previous, 'Ready');
    const known = this.#renewals.get(object.metadata.name);
    if (!known || !before || !ready || ready.status === 'Unknown') return;
    if (ready.status === before.status && ready.lastHeartbeatTime === before.lastHeartbeatTime) return;
    known.seenMs = this.#clock.monotonic();
  }

  #assess(): NodeAssessment[] {
    if (!this.#contact) return [];
    const nowMs = this.#clock.monotonic();
    const names = this.#informers
      .of(nodes)
      .list()
      .map((node) => node.metadata.name);
    const observed = names.map((nodeName) => ({ nodeName, lastRenewalMs: this.#lastRenewalMs(nodeName, nowMs) }));
    return assessNodes({ nodes: observed, observer: { ...this.#contact, nowMs }, thresholds: this.#thresholds });
  }

  #lastRenewalMs(nodeName: string, nowMs: number): number {
    const known = this.#renewals.get(nodeName);
    if (known) return known.seenMs;
    // No Lease yet: the node has its time from now on.
    this.#renewals.set(nodeName, { renewTime: undefined, revision: 0, seenMs: nowMs });
    return nowMs;
  }

  #tell(assessments: NodeAssessment[], onChange: (nodeName: string) => void): void {
    const names = new Set(assessments.map(({ nodeName }) => nodeName));
    for (const name of this.#renewals.keys()) if (!names.has(name)) this.#renewals.delete(name);
    for (const name of this.#told.keys()) if (!names.has(name)) this.#told.delete(name);
    for (const { nodeName, health, isBraked } of assessments) {
      const news = isBraked ? `${health} braked` : health;
      if (this.#told.get(nodeName) === news) continue;
      this.#told.set(nodeName, news);
      onChange(nodeName);
    }
  }
}

/** Did the server not answer, or not with what was asked? */
function isNoAnswer(error: unknown): boolean {
  return error instanceof UnreachableError || error instanceof StatusError || error instanceof TimeoutError;
}
