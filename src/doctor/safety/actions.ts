// Is an action safe? A missing proof means not safe, never safe.

import { assert } from '../../base/assert.ts';
import type { Action, Proof } from '../finding.ts';

export interface ActionDraft {
  title: string;
  why: string;
  commands?: readonly string[];
}

/** Only looks, or adds an object that nothing else hangs on: needs no proof. */
export function harmless({ title, why, commands = [] }: ActionDraft): Action {
  return { title, why, commands: [...commands], proofs: [], verdict: 'safe' };
}

/** Changes or removes something: safe once every proof is found. At least one is required. */
export function guarded({ title, why, commands = [] }: ActionDraft, proofs: readonly Proof[]): Action {
  assert(proofs.length > 0, `the action "${title}" changes something and names no proof`);
  const verdict = proofs.every(({ found }) => found) ? 'safe' : 'safe-after-proof';
  return { title, why, commands: [...commands], proofs: [...proofs], verdict };
}

/** Right in some cases, and only an expert can tell which. */
export function forExpert({ title, why, commands = [] }: ActionDraft): Action {
  return { title, why, commands: [...commands], proofs: [], verdict: 'needs-expert' };
}

/** A well-known wrong move, to keep away from. Never comes with commands. */
export function wrongMove({ title, why }: Omit<ActionDraft, 'commands'>): Action {
  return { title, why, commands: [], proofs: [], verdict: 'unsafe' };
}
