// How does the agent follow single objects? It may not see those of other nodes, so it watches each by its name.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { type InformerDeps, ResourceInformer } from '../../client/informer.ts';
import type { Change } from '../../client/types.ts';

interface Followed<T extends KubeObject> {
  informer: ResourceInformer<T>;
  stop: AbortController;
}

/** Informers of one resource, one for each object that is wanted. */
export class NamedInformers<T extends KubeObject> {
  readonly #resource: Resource<T>;
  readonly #deps: InformerDeps;
  readonly #followed = new Map<string, Followed<T>>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  #start: ((followed: Followed<T>) => void) | undefined;

  constructor(resource: Resource<T>, deps: InformerDeps) {
    this.#resource = resource;
    this.#deps = deps;
  }

  /** Has every wanted object been looked up once? */
  get areSynced(): boolean {
    return [...this.#followed.values()].every(({ informer }) => informer.isSynced);
  }

  /** By key: `namespace/name`, or `name` if cluster-scoped. */
  get(key: string): T | undefined {
    return this.#followed.get(key)?.informer.get(key);
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  /** Follows exactly the objects with these keys from now on. */
  want(keys: ReadonlySet<string>): void {
    for (const [key, { stop }] of this.#followed) {
      if (keys.has(key)) continue;
      this.#followed.delete(key);
      stop.abort();
    }
    for (const key of keys) if (!this.#followed.has(key)) this.#follow(key);
  }

  /** Keeps the informers running until `signal` aborts. Rejects only if a listener throws. */
  async run(signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    await new Promise<void>((resolve, reject) => {
      this.#start = ({ informer, stop }) => {
        const run = informer.run(AbortSignal.any([signal, stop.signal]));
        running.add(run);
        run.then(() => running.delete(run), reject);
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      else for (const followed of this.#followed.values()) this.#start(followed);
    });
    this.#start = undefined;
    await Promise.allSettled(running);
  }

  #follow(key: string): void {
    const slash = key.indexOf('/');
    const scope = {
      fieldSelector: `metadata.name=${key.slice(slash + 1)}`,
      ...(slash > 0 && { namespace: key.slice(0, slash) }),
    };
    const informer = new ResourceInformer(this.#resource, this.#deps, scope);
    informer.onChange((change) => {
      for (const listener of this.#listeners) listener(change);
    });
    const followed = { informer, stop: new AbortController() };
    this.#followed.set(key, followed);
    this.#start?.(followed);
  }
}
