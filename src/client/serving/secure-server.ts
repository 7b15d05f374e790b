// How does one of our processes show its metrics and its health? Over TLS; who asks and whether they may, the API
// server says. Source: kube-controller-manager's secure port.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { answerOfAll, type HealthCheck, HealthTally } from '../../base/health-checks.ts';
import type { Logger } from '../../base/log.ts';
import { type Metric, metricsContentType, metricsText } from '../../base/metrics/exposition.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { Client } from '../types.ts';
import { Authenticator, type Caller } from './authentication.ts';
import { Authorizer } from './authorization.ts';

export interface SecureServing {
  host: string;
  /** Another free one is taken if somebody has it. */
  port: number;
  /** Shown to callers, whose certificates must be of the same authority. */
  tls: TlsIdentity;
  /** Asked who callers are and what they may. */
  client: Pick<Client, 'create'>;
  metrics: () => Promise<Metric[]>;
  checks: readonly HealthCheck[];
  clock: Clock;
  log: Logger;
}

interface Answer {
  code: number;
  text: string;
  contentType?: string;
}

/** Anybody may ask for them. Source: authorization-always-allow-paths. */
const healthPaths = new Set(['/healthz', '/livez', '/readyz']);
const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

/** Serves `/metrics`, `/metrics/slis`, `/healthz`, `/livez` and `/readyz` until `signal` aborts. Resolves once it listens. */
export async function serveSecurely(options: SecureServing, signal: AbortSignal): Promise<{ port: number }> {
  const { createServer } = await import('node:https');
  const { tls, client, clock, log, host, port } = options;
  const access = {
    authenticator: new Authenticator(client, clock),
    authorizer: new Authorizer(client, clock),
    tally: new HealthTally(),
  };
  const server = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    (request, response) => {
      void answer(request, { ...options, ...access }, signal)
        .catch((error: unknown): Answer => {
          log.warn('a request to this process could not be answered', { path: request.url, error });
          return { code: 500, text: 'Internal Server Error\n' };
        })
        .then((found) => write(response, found));
    },
  );
  await listen(server, { host, port });
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return { port: (server.address() as AddressInfo).port };
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    server.listen(0, host);
    await once(server, 'listening');
  }
}

interface Serving extends SecureServing {
  authenticator: Authenticator;
  authorizer: Authorizer;
  tally: HealthTally;
}

async function answer(request: IncomingMessage, serving: Serving, signal: AbortSignal): Promise<Answer> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'https://process');
  const { authorization } = request.headers;
  const { checks, log } = serving;
  const credentials = { socket: request.socket as TLSSocket, authorization };
  const caller = await serving.authenticator.callerOf(credentials, signal);
  if (!caller) return status(unauthorized);
  if (healthPaths.has(path)) {
    const onFailed = (check: string, error: unknown): void => log.debug('a health check failed', { check, error });
    return answerOfAll(checks, { endpoint: path.slice(1), query, onFailed, tally: serving.tally }, signal);
  }
  if (!(await serving.authorizer.mayGet(caller, path, signal))) return status(forbidden(caller, path));
  if (path === '/metrics/slis') return metricsPage(serving.tally.metrics());
  if (path === '/metrics') return metricsPage(await serving.metrics());
  return { code: 404, text: '404 page not found\n' };
}

function metricsPage(metrics: Metric[]): Answer {
  return { code: 200, text: metricsText(metrics), contentType: metricsContentType };
}

function forbidden({ name }: Caller, path: string) {
  const message = `forbidden: User ${JSON.stringify(name)} cannot get path ${JSON.stringify(path)}`;
  return { code: 403, reason: 'Forbidden', message };
}

function status(refusal: { code: number; reason: string; message: string }): Answer {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...refusal };
  return { code: refusal.code, text: `${JSON.stringify(body)}\n`, contentType: 'application/json' };
}

function write(response: ServerResponse, { code, text, contentType = 'text/plain; charset=utf-8' }: Answer): void {
  response.writeHead(code, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(text);
}
