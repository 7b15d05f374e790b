// Who owns whom? Objects by UID, and the dependents of each UID, as the caches show them.

import { groupResourceOf, type KubeObject, keyOf, type Resource } from '../../apimachinery/meta.ts';
import type { Change } from '../../client/types.ts';

export interface GraphNode {
  /** `statefulsets.apps shop/web`. */
  id: string;
  resource: Resource;
  object: KubeObject;
}

/** Names one object of any resource, as a work queue's key. */
export function graphId(resource: Resource, object: KubeObject): string {
  return `${groupResourceOf(resource)} ${keyOf(object)}`;
}

export class OwnershipGraph {
  readonly #byUid = new Map<string, GraphNode>();
  readonly #byId = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Map<string, GraphNode>>();

  get(id: string): GraphNode | undefined {
    return this.#byId.get(id);
  }

  byUid(uid: string): GraphNode | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects that name `uid` as an owner, sorted by id. */
  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Takes a change; returns the ids of the objects that it concerns. */
  take(resource: Resource, { type, object, previous }: Change<KubeObject>): string[] {
    const id = graphId(resource, object);
    const { uid } = object.metadata;
    if (previous) this.#unlink(previous);
    if (type === 'deleted') {
      this.#byUid.delete(uid);
      this.#byId.delete(id);
    } else {
      const node = { id, resource, object };
      this.#byUid.set(uid, node);
      this.#byId.set(id, node);
      this.#link(node);
    }
    const owners = (object.metadata.ownerReferences ?? []).flatMap((owner) => this.#byUid.get(owner.uid)?.id ?? []);
    const dependents = this.dependentsOf(uid).map((node) => node.id);
    return [id, ...owners, ...dependents];
  }

  #link(node: GraphNode): void {
    for (const { uid } of node.object.metadata.ownerReferences ?? []) {
      const present = this.#dependents.get(uid) ?? new Map<string, GraphNode>();
      present.set(node.id, node);
      this.#dependents.set(uid, present);
    }
  }

  #unlink(object: KubeObject): void {
    const id = this.#byUid.get(object.metadata.uid)?.id;
    if (id === undefined) return;
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const present = this.#dependents.get(uid);
      present?.delete(id);
      if (present?.size === 0) this.#dependents.delete(uid);
    }
  }
}
