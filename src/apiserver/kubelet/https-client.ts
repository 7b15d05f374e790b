// How does the API server talk to agents in production? HTTPS with its own client certificate.

import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { TlsIdentity } from '../../base/tls.ts';
import type { KubeletAnswer, KubeletClient, KubeletTarget } from './types.ts';

/** A KubeletClient that trusts `tls.ca` and shows `tls.cert`. */
export function httpsKubeletClient(tls: TlsIdentity): KubeletClient {
  const agent = new Agent({ keepAlive: true, ca: tls.ca, cert: tls.cert, key: tls.key });
  return {
    get: ({ host, port, path }: KubeletTarget, signal: AbortSignal) =>
      new Promise<KubeletAnswer>((resolve, reject) => {
        const request = httpsRequest({ host, port, path, agent, signal, method: 'GET' }, (answer: IncomingMessage) => {
          resolve({
            status: answer.statusCode ?? 502,
            contentType: answer.headers['content-type'] ?? 'text/plain',
            body: answer,
          });
        });
        request.on('error', reject);
        request.end();
      }),
  };
}
