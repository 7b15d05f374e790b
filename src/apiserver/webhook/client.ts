// How is a webhook called? One HTTPS request with a JSON body, to a URL or to a service of the cluster.

import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { WebhookClientConfig } from '../../apis/apiextensions/generated/v1.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { ServiceAddressError, serviceAddress } from './service-address.ts';

/** Why the call came to nothing, in the words of upstream's client. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';
}

export interface WebhookCall {
  clientConfig: WebhookClientConfig;
  body: unknown;
  timeoutMs: number;
  signal: AbortSignal;
}

const answerBytesMax = 16 * 1024 * 1024;

/** The answer's JSON. Rejects with WebhookCallError, or with the abort reason. */
export async function callWebhook(
  parts: { cache: WatchCache; clock: Clock },
  { clientConfig, body, timeoutMs, signal }: WebhookCall,
): Promise<unknown> {
  const url = urlOf(clientConfig, timeoutMs);
  try {
    const target = targetOf(parts, clientConfig, url);
    const bytes = Buffer.from(JSON.stringify(body));
    const call = (limited: AbortSignal): Promise<Answer> => post({ ...target, signal: limited }, bytes);
    const answer = await parts.clock.withTimeout({ what: `webhook ${url.host}`, timeoutMs, signal }, call);
    return parse(answer);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WebhookCallError) throw error;
    if (error instanceof ServiceAddressError) throw new WebhookCallError(error.message, { cause: error });
    throw new WebhookCallError(`Post "${url.href}": ${reasonOf(error)}`, { cause: error });
  }
}

function urlOf({ url, service }: WebhookClientConfig, timeoutMs: number): URL {
  const target = new URL(
    url ?? `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${service?.path ?? '/'}`,
  );
  target.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1000)}s`);
  return target;
}

function targetOf(parts: { cache: WatchCache }, { service, caBundle }: WebhookClientConfig, url: URL): RequestOptions {
  const common = {
    path: `${url.pathname}${url.search}`,
    ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
    agent: false,
  };
  if (!service)
    return { ...common, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 443 : Number(url.port) };
  const servername = `${service.name}.${service.namespace}.svc`;
  return {
    ...common,
    ...serviceAddress(parts, service),
    servername,
    headers: { host: `${servername}:${service.port ?? 443}` },
  };
}

interface Answer {
  status: number;
  body: Buffer;
}

function post(options: RequestOptions, bytes: Buffer): Promise<Answer> {
  const headers = {
    ...(options.headers as Record<string, string> | undefined),
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': bytes.byteLength,
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...options, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size > answerBytesMax) response.destroy(new Error('http: response body too large'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

function parse({ status, body }: Answer): unknown {
  const text = body.toString();
  if (status < 200 || status > 299) throw new WebhookCallError(refusalOf(status, text));
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WebhookCallError(`couldn't get version/kind; json parse error: ${error.message}`, { cause: error });
  }
}

/** The words of client-go for an answer that is no success. */
function refusalOf(status: number, text: string): string {
  const known: Record<number, string> = {
    400: 'the server rejected our request for an unknown reason',
    401: 'the server has asked for the client to provide credentials',
    403: 'access to the requested resource is forbidden',
    404: 'the server could not find the requested resource',
    405: 'the server does not allow this method on the requested resource',
    503: 'the server is currently unable to handle the request',
    504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
  };
  if (status === 500)
    return `an error on the server (${JSON.stringify(text.slice(0, 2048).trim() || 'unknown')}) has prevented the request from succeeding`;
  return known[status] ?? `the server responded with the status code ${status} but did not return more information`;
}

const causes: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'EOF',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls: failed to verify certificate: x509: certificate is not valid for this name',
};

function reasonOf(error: unknown): string {
  if (error instanceof TimeoutError || (error instanceof Error && error.name === 'AbortError'))
    return 'context deadline exceeded';
  const { code = '', message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const text = Object.hasOwn(causes, code) ? (causes[code] as string) : message;
  return address !== undefined ? `dial tcp ${address}:${port}: ${text}` : text;
}
