// What is the next step of a question for the server's version? Pure.

export interface StatusRequestView {
  phase: 'New' | 'Processed' | undefined;
  isDeleting: boolean;
  /** Time since it was answered; undefined if it was not. */
  sinceProcessedMs: number | undefined;
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Answer' }
  | { type: 'Wait'; retryAfterMs: number }
  | { type: 'Remove' };

/** How long an answer is kept. Source: Velero's `ttl` of server status requests. */
export const answerRetentionMs = 60_000;

/** Decides the next step of one ServerStatusRequest. One that says neither when nor that it was answered is new. */
export function reconcileStatusRequest({ phase, isDeleting, sinceProcessedMs }: StatusRequestView): Step {
  if (isDeleting) return { type: 'Settled' };
  if (phase !== 'Processed' || sinceProcessedMs === undefined) return { type: 'Answer' };
  return sinceProcessedMs >= answerRetentionMs
    ? { type: 'Remove' }
    : { type: 'Wait', retryAfterMs: answerRetentionMs - sinceProcessedMs };
}
