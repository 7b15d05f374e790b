// Where does chance come in? Through this interface, so that a seed replays a run.

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** A whole number in [0, limit). */
export function randomBelow(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

// No vowels and no look-alikes, as in k8s.io/apimachinery/pkg/util/rand.
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The suffix that `generateName` appends: five characters unless told otherwise. */
export function randomSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => suffixAlphabet[randomBelow(random, suffixAlphabet.length)]).join('');
}
