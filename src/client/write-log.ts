// Which writes must a cache show before its owner decides again? A decision taken on a view
// older than one's own last write would repeat that write.

import { groupResourceOf, type KubeObject, type Resource } from '../apimachinery/meta.ts';

/** An object that was deleted by this process. */
export interface NotedDelete {
  key: string;
  uid: string;
}

/**
 * The newest revision that this process wrote, per resource, and what it deleted.
 * The client notes, the informers of the same client wait; see `Informers.caughtUp`.
 */
export class WriteLog {
  readonly #revisions = new Map<string, number>();
  readonly #deletes = new Map<string, NotedDelete[]>();

  /** From now on, deletes of `resource` are noted: somebody waits for them. */
  track<T extends KubeObject>(resource: Resource<T>): void {
    const name = groupResourceOf(resource);
    if (!this.#deletes.has(name)) this.#deletes.set(name, []);
  }

  noteWrite<T extends KubeObject>(resource: Resource<T>, resourceVersion: string | undefined): void {
    const revision = Number(resourceVersion);
    if (!Number.isSafeInteger(revision)) return;
    const name = groupResourceOf(resource);
    if (revision > (this.#revisions.get(name) ?? 0)) this.#revisions.set(name, revision);
  }

  noteDelete<T extends KubeObject>(resource: Resource<T>, deleted: NotedDelete): void {
    this.#deletes.get(groupResourceOf(resource))?.push(deleted);
  }

  /** 0 before the first write. */
  revision<T extends KubeObject>(resource: Resource<T>): number {
    return this.#revisions.get(groupResourceOf(resource)) ?? 0;
  }

  deletes<T extends KubeObject>(resource: Resource<T>): readonly NotedDelete[] {
    return this.#deletes.get(groupResourceOf(resource)) ?? [];
  }

  /** Keeps only the noted deletes for which `isPending` holds. */
  settleDeletes<T extends KubeObject>(resource: Resource<T>, isPending: (deleted: NotedDelete) => boolean): void {
    const name = groupResourceOf(resource);
    const noted = this.#deletes.get(name);
    if (noted && noted.length > 0) this.#deletes.set(name, noted.filter(isPending));
  }

  /** Gives up waiting for `resource` to be seen. */
  forget<T extends KubeObject>(resource: Resource<T>): void {
    this.#revisions.delete(groupResourceOf(resource));
    this.settleDeletes(resource, () => false);
  }
}
