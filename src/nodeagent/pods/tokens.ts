// How do a pod's files get service account tokens, and when new ones? Models pkg/kubelet/token.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { TokenRequest } from '../../apis/authentication/generated/v1.ts';
import type { Pod, ServiceAccountTokenProjection, Volume } from '../../apis/core/generated/v1.ts';
import { serviceAccounts } from '../../apis/resources.ts';
import type { Clock } from '../../base/clock.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { Client } from '../../client/types.ts';

interface Held {
  token: string;
  issuedAtMs: number;
  expiresAtMs: number;
}

const secondsDefault = 60 * 60;
// A token is renewed when so much of its life is over, and once a day.
const lifeUsed = 0.8;
const ageMaxMs = 24 * 60 * 60 * 1000;

/** Is it time for a new token? */
export function mustRenew({ issuedAtMs, expiresAtMs }: Omit<Held, 'token'>, nowMs: number): boolean {
  const age = nowMs - issuedAtMs;
  return age >= ageMaxMs || age >= lifeUsed * (expiresAtMs - issuedAtMs);
}

/** The tokens of one pod, bound to it. */
export class PodTokens {
  readonly #held = new Map<string, Held>();
  readonly #client: Client;
  readonly #clock: Clock;

  constructor({ client, clock }: { client: Client; clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Gives the token of each projection of `volume`. One that can't be renewed is used until it expires; rejects with
   * what the client rejects with if there is none.
   */
  async of(
    pod: Pod,
    volume: Volume,
    signal: AbortSignal,
  ): Promise<(projection: ServiceAccountTokenProjection) => string | undefined> {
    for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
      if (serviceAccountToken) await this.#ensure(pod, serviceAccountToken, signal);
    }
    return (projection) => this.#held.get(keyOf(projection))?.token;
  }

  async #ensure(pod: Pod, projection: ServiceAccountTokenProjection, signal: AbortSignal): Promise<void> {
    const key = keyOf(projection);
    const held = this.#held.get(key);
    if (held && !mustRenew(held, this.#clock.now())) return;
    try {
      this.#held.set(key, await this.#request(pod, projection, signal));
    } catch (error) {
      if (!held || held.expiresAtMs <= this.#clock.now() || signal.aborted) throw error;
    }
  }

  async #request(pod: Pod, projection: ServiceAccountTokenProjection, signal: AbortSignal): Promise<Held> {
    const { name, namespace = '', uid } = pod.metadata;
    const { audience, expirationSeconds = secondsDefault } = projection;
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace, name: pod.spec?.serviceAccountName || 'default' },
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const issuedAtMs = this.#clock.now();
    const answer = await this.#client.create(serviceAccounts, request, signal, { subresource: 'token' });
    const { status } = answer as KubeObject as TokenRequest;
    const expiresAtMs = epochMsOf(status?.expirationTimestamp ?? '');
    return { token: status?.token ?? '', issuedAtMs, expiresAtMs };
  }
}

function keyOf({ audience = '', expirationSeconds }: ServiceAccountTokenProjection): string {
  return `${audience} ${expirationSeconds ?? ''}`;
}
