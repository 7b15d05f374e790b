// How does the API server talk to agents in production? HTTPS with its own client certificate.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { TlsIdentity } from '../../base/tls.ts';
import type { ForwardedRequest, KubeletClient } from './types.ts';

/** A KubeletClient that trusts `tls.ca` and shows `tls.cert`. */
export function httpsKubeletClient(tls: TlsIdentity): KubeletClient {
  const agent = new Agent({ keepAlive: true, ca: tls.ca, cert: tls.cert, key: tls.key });
  return {
    async get({ host, port, path }, signal) {
      const answer = await send(httpsRequest, { host, port, path, agent, signal, method: 'GET' });
      return {
        status: answer.statusCode ?? 502,
        contentType: answer.headers['content-type'] ?? 'text/plain',
        body: answer,
      };
    },
    async forward({ host, port, path, scheme, isAgent }, { method, headers, body }, signal) {
      const options = { host, port, path, signal, method, headers };
      const answer = isAgent
        ? await send(httpsRequest, { ...options, agent }, body)
        : // What a pod shows is its own affair: upstream does not check it either.
          await send(scheme === 'http' ? httpRequest : httpsRequest, { ...options, rejectUnauthorized: false }, body);
      const fields = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
      return { status: answer.statusCode ?? 502, headers: Object.fromEntries(fields), body: answer };
    },
  };
}

function send(
  open: typeof httpsRequest,
  options: RequestOptions,
  body?: ForwardedRequest['body'],
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = open(options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}
