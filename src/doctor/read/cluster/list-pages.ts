// How is a whole collection read from a server that may be slow, busy or forgetful? In pages, with patience that ends.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { isStatus, StatusError } from '../../../apimachinery/status-error.ts';
import type { Clock } from '../../../base/clock.ts';
import { TimeoutError } from '../../../base/clock.ts';
import { withAbortScope } from '../../../client/abort-scope.ts';
import { readBytes } from '../../../client/body.ts';
import { statusErrorOfAnswer } from '../../../client/status-response.ts';
import type { Transport } from '../../../client/transport.ts';
import { UnreachableError } from '../../../client/types.ts';
import { withoutManagedFields } from './without-managed-fields.ts';

export interface Server {
  transport: Transport;
  clock: Clock;
  /** A request without its whole answer for so long is given up. */
  requestTimeoutMs: number;
  /** How often a request is tried before a failure that may pass is taken for the answer. */
  attemptsMax: number;
}

interface ListBody {
  items?: unknown;
  metadata?: { continue?: string };
}

export interface ListRequest {
  /** Without query. */
  path: string;
  accept?: string;
  pageSize?: number;
}

export interface ListSink {
  /** The list begins, perhaps anew. */
  begin: () => void;
  take: (object: KubeObject) => void;
}

// As client-go's pager.
const defaultPageSize = 500;
const retryMs = 250;
const retryMsMax = 5_000;
/** A list that expires between its pages is begun again so often. */
const restartsMax = 2;

/**
 * Calls `take` with every object of the collection; an object that is none is counted, not passed on.
 * Rejects with StatusError, or UnreachableError when no answer came in time.
 */
export async function listPages(
  server: Server,
  { path, accept = 'application/json', pageSize = defaultPageSize, begin, take }: ListRequest & ListSink,
  signal: AbortSignal,
): Promise<{ malformed: number }> {
  for (let restarts = 0; ; restarts++) {
    begin();
    try {
      return await allPages(server, { path, accept, pageSize, take }, signal);
    } catch (error) {
      if (!isStatus(error, 'Expired', 'Gone') || restarts >= restartsMax) throw error;
    }
  }
}

/** A page, and the request for the one after it if that is under way. */
interface Page {
  body: ListBody;
  next: Ahead | undefined;
}

interface Ahead {
  token: string;
  text: Promise<string>;
}

async function allPages(
  server: Server,
  { path, accept, pageSize, take }: Required<ListRequest> & Pick<ListSink, 'take'>,
  signal: AbortSignal,
): Promise<{ malformed: number }> {
  const pathAfter = (token: string | undefined): string =>
    `${path}?${new URLSearchParams({ limit: String(pageSize), ...(token && { continue: token }) })}`;
  return withAbortScope(signal, async (scope) => {
    const askAhead = (token: string): Ahead => {
      const text = getText(server, { path: pathAfter(token), accept }, scope.signal);
      // Whoever takes the page hears of it; a page that nobody comes for is no failure.
      text.catch(() => undefined);
      return { token, text };
    };
    let token: string | undefined;
    let ahead: Ahead | undefined;
    let malformed = 0;
    do {
      const asked = ahead?.token === token ? ahead?.text : undefined;
      const page: Page = await pageAt(server, { path: pathAfter(token), accept, asked, askAhead }, scope.signal);
      if (!Array.isArray(page.body?.items)) throw new UnreachableError(`The answer to GET ${path} is no list`);
      for (const item of page.body.items as unknown[]) {
        if (isObject(item)) take(item);
        else malformed += 1;
      }
      token = page.body.metadata?.continue || undefined;
      ahead = page.next;
    } while (token);
    return { malformed };
  });
}

/** Reads one page; while this side takes it apart, the server may get the next one ready. */
async function pageAt(
  server: Server,
  {
    path,
    accept,
    asked,
    askAhead,
  }: { path: string; accept: string; asked: Promise<string> | undefined; askAhead: (token: string) => Ahead },
  signal: AbortSignal,
): Promise<Page> {
  return patiently(
    server,
    async (attempt) => {
      const text = await ((attempt === 1 ? asked : undefined) ?? getText(server, { path, accept }, signal));
      const token = tokenIn(text);
      const next = token === undefined ? undefined : askAhead(token);
      return { body: parseAnswer(text, whatOf(path)) as ListBody, next };
    },
    signal,
  );
}

// Servers write what a list says of itself before its items.
const headCharsMax = 4096;

/** The token of the next page, as far as it can be told before the page is parsed. */
function tokenIn(text: string): string | undefined {
  const head = text.slice(0, headCharsMax);
  const end = head.indexOf('"items"');
  return /"continue":\s*"([^"\\]+)"/.exec(head.slice(0, Math.max(end, 0)))?.[1];
}

/** Has it what every object has? */
export function isObject(value: unknown): value is KubeObject {
  const metadata = (value as KubeObject | null)?.metadata as unknown;
  return (
    typeof metadata === 'object' && metadata !== null && typeof (metadata as KubeObject['metadata']).name === 'string'
  );
}

/** One answer as JSON. Busy and broken servers are asked again; rejects with StatusError or UnreachableError. */
export async function getJson(
  server: Server,
  { path, accept = 'application/json' }: { path: string; accept?: string },
  signal: AbortSignal,
): Promise<unknown> {
  return patiently(
    server,
    async () => parseAnswer(await getText(server, { path, accept }, signal), whatOf(path)),
    signal,
  );
}

/** Calls `ask` until it succeeds, or fails in a way that does not pass, or the server's attempts are used up. */
async function patiently<T>(
  { clock, attemptsMax }: Server,
  ask: (attempt: number) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error) || attempt >= attemptsMax) throw error;
      const waitMs = Math.min(retryAfterMs(error) ?? retryMs * 2 ** (attempt - 1), retryMsMax);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** One answer as text, asked for once. Rejects with StatusError or UnreachableError. */
export async function getText(
  { transport, clock, requestTimeoutMs }: Server,
  { path, accept }: { path: string; accept: string },
  signal: AbortSignal,
): Promise<string> {
  const what = whatOf(path);
  try {
    return await clock.withTimeout({ what, timeoutMs: requestTimeoutMs, signal }, async (bounded) => {
      const answer = await transport.request({ method: 'GET', path, headers: { accept } }, bounded);
      const text = withoutManagedFields(await readBytes(answer.body)).toString('utf8');
      if (answer.status >= 300 || answer.status < 200) throw refusalOf(answer.status, { text, what });
      return text;
    });
  } catch (error) {
    if (error instanceof TimeoutError && !signal.aborted)
      throw new SlowError(`No whole answer to ${what} within ${requestTimeoutMs / 1000} s`, { cause: error });
    throw error;
  }
}

const whatOf = (path: string): string => `GET ${path.split('?')[0]}`;

/** Asked again it would be as slow, and the server has enough to do. */
class SlowError extends UnreachableError {}

function refusalOf(status: number, { text, what }: { text: string; what: string }): Error {
  if (status < 400)
    return new UnreachableError(`${what} is answered by a redirect (${status}); is this an API server?`);
  return statusErrorOfAnswer(status, text);
}

function parseAnswer(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreachableError(`The answer to ${what} is no JSON: ${JSON.stringify(text.slice(0, 60))}`, { cause });
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof SlowError) return false;
  if (error instanceof UnreachableError) return true;
  return isStatus(error, 'TooManyRequests', 'ServiceUnavailable', 'InternalError', 'Timeout');
}

function retryAfterMs(error: unknown): number | undefined {
  const seconds = error instanceof StatusError ? error.details?.retryAfterSeconds : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
