// Is an API server ready, as somebody who may not do anything there can ask? One connection is kept for all questions.

import { Agent, get } from 'node:https';
import type { Place } from '../base/balancer/balancer.ts';

/**
 * Asks `/readyz` of servers whose certificates are of `authority` (PEM). The answer rejects if the server gives none;
 * a server of another authority gives none.
 */
export function askReadiness(authority: string): (server: Place, signal: AbortSignal) => Promise<boolean> {
  const agent = new Agent({ keepAlive: true, ca: authority });
  return ({ host, port }, signal) =>
    new Promise((resolve, reject) => {
      const request = get({ host, port, path: '/readyz', agent, signal }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200));
        response.once('error', reject);
      });
      request.once('error', reject);
    });
}
