// How does the Node object come to be, and stay true? Created once, its status written whenever it is not what it should be.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { nodeCondition } from '../../apis/core/conditions.ts';
import type { Node } from '../../apis/core/generated/v1.ts';
import { nodes } from '../../apis/resources.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { type Client, type Informer, UnreachableError } from '../../client/types.ts';
import { Wakeup } from '../wakeup.ts';
import {
  deadManAnnotation,
  type NodeFacts,
  newNode,
  nodeLabels,
  nodeStatus,
  withoutHeartbeats,
} from './node-object.ts';

export interface NodeRegistrationDeps {
  client: Client;
  /** Of this node's object alone. */
  informer: Informer<Node>;
  facts: () => NodeFacts;
  /** Labels from the CSI driver's topology. */
  topologyLabels: () => Record<string, string>;
  annotations: () => Record<string, string>;
  isDeadManArmed: () => boolean;
  /** The API shows these names in volumesInUse now. */
  onReported: (volumesInUse: string[]) => void;
  clock: Clock;
  log: Logger;
}

// Kubelet: nodeStatusReportFrequency.
const heartbeatMs = 300_000;

/** Keeps Node metadata and status as they should be. */
export class NodeRegistration {
  readonly #deps: NodeRegistrationDeps;
  readonly #wakeup: Wakeup;
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;
  #isReady = false;

  constructor(deps: NodeRegistrationDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** The API has shown the node as Ready since this started. */
  get isReady(): boolean {
    return this.#isReady;
  }

  wake(): void {
    this.#wakeup.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, informer, facts } = this.#deps;
    informer.onChange(() => this.wake());
    let failures = 0;
    let node: Node | undefined;
    while (!signal.aborted) {
      let waitMs = heartbeatMs;
      try {
        node = newer(informer.get(facts().config.nodeName), node) ?? (await this.#create(signal));
        node = await this.#sync(node, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        waitMs = backoffMs(failures, { initialMs: 100, maxMs: 2_000 });
        // What we hold may be stale, or gone.
        node = undefined;
        if (failures === 1 && !(error instanceof UnreachableError) && !isStatus(error, 'Conflict'))
          log.warn('cannot update the node', { error });
      }
      await this.#wakeup.wait(waitMs, signal);
    }
  }

  async #create(signal: AbortSignal): Promise<Node> {
    const { client, facts } = this.#deps;
    try {
      return await client.create(nodes, newNode(facts()), signal);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
      return client.get(nodes, { name: facts().config.nodeName }, signal);
    }
  }

  async #sync(node: Node, signal: AbortSignal): Promise<Node> {
    const { client, facts, clock, onReported } = this.#deps;
    const current = facts();
    const at = { name: current.config.nodeName };
    const metadata = this.#metadataPatch(node);
    let latest = node;
    if (metadata)
      latest = await client.patch<Node>(nodes, { at, body: { metadata: { ...read(node), ...metadata } } }, signal);
    const wanted = nodeStatus(current, latest.status);
    const shown = Object.fromEntries(
      Object.keys(wanted).map((key) => [key, latest.status?.[key as keyof typeof wanted]]),
    );
    const isShown = semanticallyEqual(withoutHeartbeats(wanted), withoutHeartbeats(shown));
    const isHeartbeatDue = clock.monotonic() - this.#lastHeartbeatMs >= heartbeatMs;
    if (!isShown || isHeartbeatDue) {
      const body = {
        metadata: read(latest),
        status: { ...wanted, volumesInUse: wanted.volumesInUse?.length ? wanted.volumesInUse : null },
      };
      latest = await client.patch<Node>(nodes, { at, subresource: 'status', body }, signal);
      this.#lastHeartbeatMs = clock.monotonic();
    }
    this.#isReady ||= nodeCondition(latest, 'Ready')?.status === 'True';
    onReported(wanted.volumesInUse ?? []);
    return latest;
  }

  #metadataPatch(
    node: Node,
  ): { labels?: Record<string, string>; annotations?: Record<string, string | null> } | undefined {
    const { facts, topologyLabels, annotations, isDeadManArmed } = this.#deps;
    const { config, machine } = facts();
    const labels = { ...nodeLabels(config, machine), ...topologyLabels() };
    const armed = isDeadManArmed() && config.deadManMs !== undefined ? String(config.deadManMs) : null;
    const wanted: Record<string, string | null> = { ...annotations(), [deadManAnnotation]: armed };
    const hasLabels = Object.entries(labels).every(([key, value]) => node.metadata.labels?.[key] === value);
    const hasAnnotations = Object.entries(wanted).every(
      ([key, value]) => (node.metadata.annotations?.[key] ?? null) === value,
    );
    return hasLabels && hasAnnotations ? undefined : { labels, annotations: wanted };
  }
}

// Every write is of what was read: the last of an agent that dies with its boot must not come after the next boot's first.
function read({ metadata: { uid, resourceVersion } }: Node): { uid: string; resourceVersion: string } {
  return { uid, resourceVersion };
}

// The informer may be behind our own last write.
function newer(seen: Node | undefined, own: Node | undefined): Node | undefined {
  if (!seen || !own || seen.metadata.uid !== own.metadata.uid) return seen ?? own;
  return Number(seen.metadata.resourceVersion) >= Number(own.metadata.resourceVersion) ? seen : own;
}
