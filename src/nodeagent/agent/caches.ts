// What does the agent watch? Its own node and pods, and what their volumes are made of.

import { setMaxListeners } from 'node:events';
import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../apis/resources.ts';
import { type InformerDeps, type InformerScope, ResourceInformer } from '../../client/informer.ts';
import { claimNameOf } from '../volumes/desired.ts';
import { NamedInformers } from './named-informers.ts';

/** Informers of one agent, which can all be made to list again. They show what is the node's, and no more may it see. */
export class AgentCaches {
  readonly pods;
  readonly node;
  readonly claims: NamedInformers<PersistentVolumeClaim>;
  readonly volumes: NamedInformers<PersistentVolume>;
  readonly attachments;
  readonly drivers;
  readonly #all: ResourceInformer<KubeObject>[] = [];
  readonly #deps: InformerDeps;
  #restart: () => void = () => {};

  constructor(nodeName: string, deps: InformerDeps) {
    this.#deps = deps;
    this.pods = this.#add(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    this.node = this.#add(nodes, { fieldSelector: `metadata.name=${nodeName}` });
    this.claims = new NamedInformers(persistentVolumeClaims, deps);
    this.volumes = new NamedInformers(persistentVolumes, deps);
    this.attachments = this.#add(volumeAttachments, { fieldSelector: `spec.nodeName=${nodeName}` });
    this.drivers = this.#add(csiDrivers);
    this.pods.onChange(() => this.#wantClaims());
    this.claims.onChange(() => this.#wantVolumes());
  }

  get areSynced(): boolean {
    return this.#all.every((informer) => informer.isSynced) && this.claims.areSynced && this.volumes.areSynced;
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
        const named = [this.claims.run(round.signal), this.volumes.run(round.signal)];
        await Promise.all([...this.#all.map((informer) => informer.run(round.signal)), ...named]);
      } finally {
        signal.removeEventListener('abort', onAbort);
        round.abort();
      }
    }
  }

  #claimKeys(): string[] {
    return this.pods.list().flatMap((pod) =>
      (pod.spec?.volumes ?? []).flatMap((volume) => {
        const name = claimNameOf(pod, volume);
        return name === undefined ? [] : [`${pod.metadata.namespace}/${name}`];
      }),
    );
  }

  #wantClaims(): void {
    this.claims.want(new Set(this.#claimKeys()));
    this.#wantVolumes();
  }

  #wantVolumes(): void {
    const names = this.#claimKeys().flatMap((key) => this.claims.get(key)?.spec?.volumeName ?? []);
    this.volumes.want(new Set(names));
  }

  #add<T extends KubeObject>(resource: Resource<T>, scope: InformerScope = {}): ResourceInformer<T> {
    const informer = new ResourceInformer(resource, this.#deps, scope);
    // The list only starts and asks them; the type of their objects does not matter there.
    this.#all.push(informer as unknown as ResourceInformer<KubeObject>);
    return informer;
  }
}
