// May a caller see a page of one of our own servers? The API server decides, by the roles that it has.
// Source: apiserver/pkg/server/options/authorization.go.

import type { Resource } from '../../apimachinery/meta.ts';
import type { SubjectAccessReview } from '../../apis/authorization/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../types.ts';
import type { Caller } from './authentication.ts';
import { ShortMemory } from './short-memory.ts';

const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};
/** They may do everything, also while no API server answers. */
const privileged = 'system:masters';
/** Source: authorization-webhook-cache-authorized-ttl and -unauthorized-ttl. */
const rememberMs = 10_000;

export class Authorizer {
  readonly #client: Pick<Client, 'create'>;
  readonly #decisions: ShortMemory<boolean>;

  constructor(client: Pick<Client, 'create'>, clock: Clock) {
    this.#client = client;
    this.#decisions = new ShortMemory(clock, rememberMs);
  }

  /** Rejects if the API server could not be asked. */
  async mayGet({ name: user, uid, groups }: Caller, path: string, signal: AbortSignal): Promise<boolean> {
    if (groups.includes(privileged)) return true;
    return this.#decisions.of(JSON.stringify([user, uid, groups, path]), async () => {
      const spec = { user, groups, ...(uid && { uid }), nonResourceAttributes: { path, verb: 'get' } };
      const { status } = await this.#client.create(subjectAccessReviews, { metadata: { name: '' }, spec }, signal);
      return status?.allowed ?? false;
    });
  }
}
