// What does a cluster see of a CSI driver that is not Amarre's? Attachments, its place in CSINodes, and what its attacher writes.

import { csiNodes, volumeAttachments } from '../../src/apis/resources.ts';
import type { VolumeAttachment } from '../../src/apis/storage/generated/v1.ts';
import { attacherFinalizer } from '../../src/apis/storage/names.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import type { Client } from '../../src/client/types.ts';

const lookEveryMs = 200;

/** The parts of a driver that speak to the API, and of Kubernetes what works for it: no disk is behind them. */
export class ForeignDriver {
  readonly name: string;
  readonly #client: Client;
  readonly #signal: AbortSignal;

  constructor(name: string, client: Client, signal: AbortSignal) {
    this.name = name;
    this.#client = client;
    this.#signal = signal;
  }

  /** What the attach/detach controller does for a pod on the node. Gives the attachment's name. */
  async wantAttached(persistentVolumeName: string, nodeName: string): Promise<string> {
    const name = `csi-${persistentVolumeName}-${nodeName}`;
    const spec = { attacher: this.name, nodeName, source: { persistentVolumeName } };
    await this.#client.create(volumeAttachments, { metadata: { name }, spec }, this.#signal);
    return name;
  }

  /** What the kubelet does when the node plugin has registered. */
  async register(nodeName: string): Promise<void> {
    const at = { name: nodeName };
    const { spec } = await this.#client.get(csiNodes, at, this.#signal);
    const drivers = [...spec.drivers, { name: this.name, nodeID: nodeName, topologyKeys: [] }];
    await this.#client.patch(csiNodes, { at, body: { spec: { drivers } } }, this.#signal);
  }

  /** Its attacher, until the test ends. */
  async runAttacher(): Promise<void> {
    while (!this.#signal.aborted) {
      const { items } = await this.#client.list(volumeAttachments, {}, this.#signal);
      for (const each of items) if (each.spec.attacher === this.name) await this.#serve(each);
      await clock.sleep(lookEveryMs, this.#signal);
    }
  }

  async #serve({ metadata, status, spec }: VolumeAttachment): Promise<void> {
    const at = { name: metadata.name };
    const finalizer = attacherFinalizer(this.name);
    if (metadata.deletionTimestamp) {
      await this.#client.patch(volumeAttachments, { at, body: { metadata: { finalizers: null } } }, this.#signal);
      return;
    }
    const csiNode = await this.#client.get(csiNodes, { name: spec.nodeName }, this.#signal).catch(() => undefined);
    if (status?.attached || !csiNode?.spec.drivers.some(({ name }) => name === this.name)) return;
    await this.#client.patch(volumeAttachments, { at, body: { metadata: { finalizers: [finalizer] } } }, this.#signal);
    const body = { status: { attached: true } };
    await this.#client.patch(volumeAttachments, { at, subresource: 'status', body }, this.#signal);
  }
}
