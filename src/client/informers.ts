// How do the controllers of one process share their caches? One informer per resource, started on first use.

import { groupResourceOf, type KubeObject, type Resource } from '../apimachinery/meta.ts';
import { TimeoutError } from '../base/clock.ts';
import { withAbortScope } from './abort-scope.ts';
import { type InformerDeps, ResourceInformer } from './informer.ts';
import type { Client, Informer, Informers } from './types.ts';
import { type NotedDelete, WriteLog } from './write-log.ts';

/** What `createInformers` is given; the write log is the one of `createClient`. */
export interface InformersDeps extends InformerDeps {
  client: Client & { writes?: WriteLog };
}

/** Informers with a lifetime. */
export interface SharedInformers extends Informers {
  caughtUp(signal: AbortSignal): Promise<void>;
  /** Runs the informers asked for so far, and later ones as they are asked for. Resolves when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

// Longer than any event takes on a working watch. A cache that lags more is used as it is: every
// write carries UID and resourceVersion, so a stale decision is refused.
const catchUpTimeoutMs = 2_000;

/** The shared informers of one client. */
export function createInformers(deps: InformersDeps): SharedInformers {
  return new InformerSet(deps);
}

/** What an informer must show before its view is fresh. */
interface Goal {
  informer: ResourceInformer<KubeObject>;
  revision: number;
  deletes: readonly NotedDelete[];
}

function isShown({ informer, revision, deletes }: Goal): boolean {
  return informer.shownRevision() >= revision && deletes.every(({ key, uid }) => !informer.showsUndeleted(key, uid));
}

class InformerSet implements SharedInformers {
  readonly #deps: InformersDeps;
  readonly #writes: WriteLog;
  readonly #informers = new Map<string, ResourceInformer<KubeObject>>();
  #start: ((informer: ResourceInformer<KubeObject>) => void) | undefined;

  constructor(deps: InformersDeps) {
    this.#deps = deps;
    this.#writes = deps.client.writes ?? new WriteLog();
  }

  of<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const name = groupResourceOf(resource);
    const known = this.#informers.get(name);
    // The map's key says which resource it is; its type can't.
    if (known) return known as unknown as Informer<T>;
    const informer = new ResourceInformer(resource, this.#deps);
    this.#writes.track(resource);
    this.#informers.set(name, informer as unknown as ResourceInformer<KubeObject>);
    this.#start?.(informer as unknown as ResourceInformer<KubeObject>);
    return informer;
  }

  async caughtUp(signal: AbortSignal): Promise<void> {
    // As of now: what others write while this waits is not waited for, or it might never end.
    const goals = [...this.#informers.values()].map((informer) => ({
      informer,
      revision: this.#writes.revision(informer.resource),
      deletes: [...this.#writes.deletes(informer.resource)],
    }));
    for (const goal of goals) {
      if (!goal.informer.isSynced) await goal.informer.synced(signal);
      if (!isShown(goal)) await this.#catchUp(goal, signal);
      this.#writes.settleDeletes(goal.informer.resource, ({ key, uid }) => goal.informer.showsUndeleted(key, uid));
    }
  }

  async #catchUp(goal: Goal, signal: AbortSignal): Promise<void> {
    const { informer } = goal;
    const resource = groupResourceOf(informer.resource);
    const bounds = { what: `the watch of ${resource}`, timeoutMs: catchUpTimeoutMs, signal };
    try {
      await this.#deps.clock.withTimeout(bounds, async (bounded) => {
        while (!isShown(goal)) await informer.progress(bounded);
      });
    } catch (error) {
      if (!(error instanceof TimeoutError) || signal.aborted) throw error;
      this.#deps.log.warn('Watch lags behind own writes', { resource });
      this.#writes.forget(informer.resource);
    }
  }

  run(signal: AbortSignal): Promise<void> {
    return withAbortScope(signal, async (scope) => {
      const runs = new Set<Promise<void>>();
      try {
        await new Promise<void>((resolve, reject) => {
          this.#start = (informer) => {
            const run = informer.run(scope.signal);
            runs.add(run);
            run.catch(reject);
          };
          for (const informer of this.#informers.values()) this.#start(informer);
          scope.signal.addEventListener('abort', () => resolve(), { once: true });
          if (scope.signal.aborted) resolve();
        });
      } finally {
        this.#start = undefined;
        scope.abort();
        await Promise.allSettled(runs);
      }
    });
  }
}
