// What is the next step of a request to download a file? Pure.

export interface DownloadView {
  phase: 'New' | 'Processed' | 'Failed' | undefined;
  isDeleting: boolean;
  /** Time until the request expires; undefined if it says none. */
  leftMs: number | undefined;
}

export type Step =
  | { type: 'Settled' }
  /** Gives the URL, or says why there is none. */
  | { type: 'Answer' }
  | { type: 'Wait'; retryAfterMs: number }
  | { type: 'Remove' };

/** How long a URL can be used. Source: Velero's DownloadURLTTL. */
export const linkLifetimeMs = 600_000;

/** Decides the next step of one DownloadRequest. What has expired is removed, whatever became of it. */
export function reconcileDownload({ phase, isDeleting, leftMs }: DownloadView): Step {
  if (isDeleting) return { type: 'Settled' };
  if (leftMs !== undefined && leftMs <= 0) return { type: 'Remove' };
  const isAnswered = phase === 'Processed' || phase === 'Failed';
  return isAnswered && leftMs !== undefined ? { type: 'Wait', retryAfterMs: leftMs } : { type: 'Answer' };
}
