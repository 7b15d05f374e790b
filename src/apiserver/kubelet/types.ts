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

/** Plain requests to agents. Rejects with an Error if no answer came; `signal` also ends the body. */
export interface KubeletClient {
  get(target: KubeletTarget, signal: AbortSignal): Promise<KubeletAnswer>;
}
