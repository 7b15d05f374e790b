// Is an API server ready, as somebody who may not do anything there can ask? Connections are kept from one question to the next.

import { Agent, get } from 'node:https';
import type { Place } from '../base/balancer/balancer.ts';

/** Both reject if the server gives no answer. */
export interface HealthQuestions {
  /** Is it ready? One whose etcd is away says so only after a while. */
  isReady: (server: Place, signal: AbortSignal) => Promise<boolean>;
  /** Is it there? It asks nobody else before it answers this. */
  answers: (server: Place, signal: AbortSignal) => Promise<boolean>;
}

/** Asks servers whose certificates are of `authority` (PEM); one of another authority gives no answer. */
export function askHealth(authority: string): HealthQuestions {
  const agent = new Agent({ keepAlive: true, ca: authority });
  const asking =
    (path: string): HealthQuestions['isReady'] =>
    ({ host, port }, signal) =>
      new Promise((resolve, reject) => {
        const request = get({ host, port, path, agent, signal }, (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode === 200));
          response.once('error', reject);
        });
        request.once('error', reject);
      });
  return { isReady: asking('/readyz'), answers: asking('/livez?exclude=etcd') };
}
