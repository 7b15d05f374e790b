// How is a webhook called? One HTTPS request with a JSON body, to a URL or to a service of the cluster.

import { getServers } from 'node:dns';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { WebhookClientConfig } from '../../apis/apiextensions/generated/v1.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { dialProblem } from '../go-dial-error.ts';
import { type ReviewType, readReview, type WebhookAnswer, WebhookCallError } from './answer.ts';
import { ServiceAddressError, serviceAddress } from './service-address.ts';

export interface WebhookCall {
  clientConfig: WebhookClientConfig;
  /** A review; its answer is one of the same type. */
  body: ReviewType & { request: unknown };
  timeoutMs: number;
  signal: AbortSignal;
}

const answerBytesMax = 16 * 1024 * 1024;
const retriesMax = 10;

interface Parts {
  cache: WatchCache;
  clock: Clock;
}

/** The answer's review. Rejects with WebhookCallError, or with the abort reason. */
export async function callWebhook(
  parts: Parts,
  { clientConfig, body, timeoutMs, signal }: WebhookCall,
): Promise<Record<string, unknown>> {
  const url = urlOf(clientConfig);
  const query = `?timeout=${Math.ceil(timeoutMs / 1000)}s`;
  try {
    const target = targetOf(parts, clientConfig, `${url}${query}`);
    const bytes = Buffer.from(JSON.stringify(body));
    const call = (limited: AbortSignal): Promise<WebhookAnswer> =>
      untilAnswered({ ...target, signal: limited }, { bytes, clock: parts.clock, signal: limited });
    const answer = await parts.clock.withTimeout({ what: `webhook ${url}`, timeoutMs, signal }, call);
    return await readReview(answer, body);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WebhookCallError) throw error;
    throw new WebhookCallError(`Post "${url}${query}": ${reasonOf(error)}`, { cause: error });
  }
}

/** Asks again as long as the webhook asks for it. */
async function untilAnswered(
  options: RequestOptions,
  { bytes, clock, signal }: { bytes: Buffer; clock: Clock; signal: AbortSignal },
): Promise<WebhookAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await post(options, bytes);
    const { status, retryAfter } = answer;
    const isAsked = (status === 429 || status >= 500) && retryAfter !== undefined && attempt < retriesMax;
    if (!isAsked) return answer;
    await clock.sleep(retryAfter * 1000, signal);
  }
}

/** Where the webhook is, with its port as it was written: Go shows it so. */
function urlOf({ url, service }: WebhookClientConfig): string {
  const written =
    url ?? `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${service?.path ?? '/'}`;
  const [, host = '', path] = /^https:\/\/([^/?#]*)([^?#]*)/i.exec(written) ?? [];
  return `https://${host}${path || '/'}`;
}

function targetOf(parts: Parts, { service, caBundle }: WebhookClientConfig, text: string): RequestOptions {
  const url = new URL(text);
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

function post(options: RequestOptions, bytes: Buffer): Promise<WebhookAnswer> {
  const headers = {
    ...(options.headers as Record<string, string> | undefined),
    'content-type': 'application/json',
    accept: 'application/json, */*',
    'user-agent': 'kube-apiserver-admission',
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
      response.on('end', () => {
        const { statusCode: status = 0, headers: own } = response;
        const contentType = own['content-type'] ?? '';
        resolve({ status, contentType, retryAfter: secondsOf(own['retry-after']), body: Buffer.concat(chunks) });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

function reasonOf(error: unknown): string {
  if (error instanceof ServiceAddressError) return error.message;
  if (error instanceof TimeoutError || (error instanceof Error && error.name === 'AbortError'))
    return 'context deadline exceeded';
  const { code, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostname}${onServer()}: no such host`;
  return dialProblem(error);
}

/** Which server of names has been asked. */
function onServer(): string {
  const [server] = getServers();
  if (server === undefined) return '';
  return ` on ${/^(?:\[.*\]|[^:]*):\d+$/.test(server) ? server : `${server.includes(':') ? `[${server}]` : server}:53`}`;
}
