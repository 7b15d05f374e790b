// How does one request reach the API server? The seam between the typed client and the wire:
// HTTPS in production, a function call in the simulation.

import type { ExecResult } from './types.ts';

export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body?: Uint8Array | undefined;
}

export interface TransportResponse {
  status: number;
  headers: Record<string, string>;
  /** May be read once. Rejects with UnreachableError if the stream broke off before its end. */
  body: AsyncIterable<Uint8Array>;
}

/** A way to the API server. Knows HTTP, but no Kubernetes kinds. */
export interface Transport {
  /**
   * Resolves when the head of the answer is there. Rejects with UnreachableError when none came,
   * with the abort reason when `signal` aborts. `signal` also ends the body.
   */
  request(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse>;
  /** Opens `path` as an exec stream (v5.channel.k8s.io) and collects what it says. Rejects as `request` does, and with StatusError. */
  exec(path: string, signal: AbortSignal): Promise<ExecResult>;
  /** Closes connections; requests in flight reject with UnreachableError. */
  close(): void;
}
