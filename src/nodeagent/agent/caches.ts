// What does the agent watch? Its own node and pods, and what their volumes are made of.

import { setMaxListeners } from 'node:events';
import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../apis/resources.ts';
import { type InformerDeps, type InformerScope, ResourceInformer } from '../../client/informer.ts';

/** Informers of one agent, which can all be made to list again. */
export class AgentCaches {
  readonly pods;
  readonly node;
  readonly claims;
  readonly volumes;
  readonly attachments;
  readonly drivers;
  readonly #all: ResourceInformer<KubeObject>[] = [];
  readonly #deps: InformerDeps;
  #restart: () => void = () => {};

  constructor(nodeName: string, deps: InformerDeps) {
    this.#deps = deps;
    this.pods = this.#add(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    this.node = this.#add(nodes, { fieldSelector: `metadata.name=${nodeName}` });
    this.claims = this.#add(persistentVolumeClaims);
    this.volumes = this.#add(persistentVolumes);
    this.attachments = this.#add(volumeAttachments);
    this.drivers = this.#add(csiDrivers);
  }

  get areSynced(): boolean {
    return this.#all.every((informer) => informer.isSynced);
  }

  /** Drops the watches and lists again: a watch that lived through a standstill may have been forgotten by its server. */
  relist(): void {
    this.#restart();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const round = new AbortController();
      setMaxListeners(0, round.signal);
      const onAbort = (): void => round.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      this.#restart = () => round.abort();
      try {
        await Promise.all(this.#all.map((informer) => informer.run(round.signal)));
      } finally {
        signal.removeEventListener('abort', onAbort);
        round.abort();
      }
    }
  }

  #add<T extends KubeObject>(resource: Resource<T>, scope: InformerScope = {}): ResourceInformer<T> {
    const informer = new ResourceInformer(resource, this.#deps, scope);
    // The list only starts and asks them; the type of their objects does not matter there.
    this.#all.push(informer as unknown as ResourceInformer<KubeObject>);
    return informer;
  }
}
