// How does the API server reach the agent of a node?

/** A path of one agent's kubelet API. */
export interface KubeletTarget {
  /** InternalIP of the node. */
  host: string;
  port: number;
  /** With query: `/containerLogs/shop/web-0/app?follow=true`. */
  path: string;
}

export interface KubeletAnswer {
  status: number;
  contentType: string;
  body: AsyncIterable<Uint8Array>;
}

/** Where a proxied request goes. */
export interface ForwardTarget extends KubeletTarget {
  scheme: 'http' | 'https';
  /** Is it an agent's own port? Only agents are shown the server's certificate, and only theirs are checked. */
  isAgent: boolean;
}

export interface ForwardedRequest {
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
}

export interface ForwardedAnswer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/** Plain requests to agents, and what is passed on to nodes and pods. Rejects with an Error if no answer came; `signal` also ends the body. */
export interface KubeletClient {
  get(target: KubeletTarget, signal: AbortSignal): Promise<KubeletAnswer>;
  forward(target: ForwardTarget, request: ForwardedRequest, signal: AbortSignal): Promise<ForwardedAnswer>;
}
