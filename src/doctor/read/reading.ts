// What did the doctor get to see?

import type { Snapshot } from '../snapshot/snapshot.ts';

export interface Reading {
  snapshot: Snapshot;
  /** `context kind-prod`, `dump must-gather.tar.gz`. */
  source: string;
  /** What the reader should know of how the objects were read: sentences. */
  notes: string[];
}

/** Nothing at all could be looked at; the message says why and what to do. */
export class CannotLookError extends Error {
  override readonly name = 'CannotLookError';
}
