// How does a test let a controller die at a chosen moment? A transport to the fake API that stops answering.

import type { FakeApi } from '../../client/fake-api.ts';
import type { Transport, TransportRequest, TransportResponse } from '../../client/transport.ts';
import type { ExecResult } from '../../client/types.ts';

export interface Crash {
  /** The call, counted from 1, at which the process dies. */
  atCall: number;
  /** Has the call taken effect? */
  when: 'before' | 'after';
}

export interface CrashingOptions {
  api: FakeApi;
  exec: (command: string[], signal: AbortSignal) => Promise<ExecResult>;
  crash?: Crash | undefined;
  onCrash?: () => void;
}

/** A fake for tests: FakeApi as Velero's kinds need it, for a process that dies on command. */
export class CrashingTransport implements Transport {
  /** Calls so far; watches do not count. */
  calls = 0;
  readonly #options: CrashingOptions;
  #isDead = false;

  constructor(options: CrashingOptions) {
    this.#options = options;
  }

  request(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    if (request.method === 'GET' && request.path.includes('watch=')) return this.#options.api.request(request, signal);
    return this.#call(() => this.#send(request, signal), signal);
  }

  exec(path: string, signal: AbortSignal): Promise<ExecResult> {
    const command = new URL(path, 'http://fake').searchParams.getAll('command');
    return this.#call(() => this.#options.exec(command, signal), signal);
  }

  close(): void {}

  async #call<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.calls += 1;
    const { crash, onCrash } = this.#options;
    const isFatal = !this.#isDead && crash !== undefined && this.calls >= crash.atCall;
    if (isFatal) {
      this.#isDead = true;
      if (crash.when === 'after') await work().catch(() => undefined);
      onCrash?.();
    }
    return this.#isDead ? never(signal) : work();
  }

  /** FakeApi gives every kind a status subresource; Velero's have none. */
  async #send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    const { api } = this.#options;
    if (!request.path.startsWith('/apis/velero.io/') || request.method !== 'PATCH' || !request.body) {
      return api.request(request, signal);
    }
    const { status, ...rest } = JSON.parse(new TextDecoder().decode(request.body)) as Body;
    if (status === undefined) return api.request(request, signal);
    const encode = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body));
    const { uid, resourceVersion } = rest.metadata ?? {};
    const statusBody = encode({ metadata: { uid, resourceVersion }, status });
    const answer = await api.request({ ...request, path: `${request.path}/status`, body: statusBody }, signal);
    if (answer.status >= 300) return answer;
    return api.request(
      { ...request, body: encode({ ...rest, metadata: { ...rest.metadata, resourceVersion: undefined } }) },
      signal,
    );
  }
}

interface Body {
  metadata?: Record<string, unknown>;
  status?: unknown;
}

/** What a dead process hears. */
function never<T>(signal: AbortSignal): Promise<T> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
