// What does the demo promise, and was it kept? Pure.

interface PromiseDefinition {
  id: string;
  bound: number;
  unit: string;
  what: string;
  /** The figure must reach the bound; otherwise it must not exceed it. */
  isMinimum?: boolean;
}

export const promises = [
  { id: 'cold-start-ms', bound: 2_000, unit: 'ms', what: 'empty data folder to API and all nodes ready' },
  { id: 'claim-bound-ms-p50', bound: 100, unit: 'ms', what: "claim created to Bound, less the driver's time, median" },
  // Fewer rows in flight would make the checks of the failovers mean less.
  {
    id: 'writer-rows-per-s',
    bound: 200,
    unit: 'rows/s',
    what: 'rows that the writer gets acknowledged',
    isMinimum: true,
  },
  {
    id: 'restarts-by-control-plane-kills',
    bound: 0,
    unit: 'restarts',
    what: 'restarts of pods by 10 kills of the control plane',
  },
  { id: 'quiesce-ms', bound: 2_000, unit: 'ms', what: 'application held still during the backup' },
  { id: 'rows-lost-node-crash', bound: 0, unit: 'rows', what: 'acknowledged rows lost when the node dies' },
  { id: 'failover-ms-node-crash', bound: 10_000, unit: 'ms', what: 'node dies to first acknowledged write' },
  { id: 'rows-lost-agent-frozen', bound: 0, unit: 'rows', what: 'acknowledged rows lost when the agent freezes' },
  { id: 'failover-ms-agent-frozen', bound: 10_000, unit: 'ms', what: 'agent freezes to first acknowledged write' },
  {
    id: 'double-writes',
    bound: 0,
    unit: 'writes',
    what: 'generations changed after their cut, and late acknowledgements',
  },
  { id: 'restore-rows-missing', bound: 0, unit: 'rows', what: 'rows of the recovery point absent after the restore' },
  { id: 'restore-rows-wrong', bound: 0, unit: 'rows', what: 'restored rows that are not those of the recovery point' },
] as const satisfies PromiseDefinition[];

export type PromiseId = (typeof promises)[number]['id'];

/** A figure; `not-offered` where this machine allows only the weaker mode; undefined if it was not measured or is not claimed. */
export type Measurement = number | 'not-offered' | undefined;

export type Measurements = Partial<Record<PromiseId, Measurement>>;

export interface PromiseResult {
  id: PromiseId;
  bound: number;
  /** null if there is no figure. */
  measured: number | null;
  unit: string;
  held: boolean | 'not-offered';
}

/** The verdict on each promise. What was not measured is not held. */
export function judge(measurements: Measurements): PromiseResult[] {
  return promises.map((promise) => {
    const { id, bound, unit } = promise;
    const found = measurements[id];
    if (found === 'not-offered') return { id, bound, measured: null, unit, held: 'not-offered' };
    if (found === undefined) return { id, bound, measured: null, unit, held: false };
    return {
      id,
      bound,
      measured: Math.round(found * 10) / 10,
      unit,
      held: isMinimum(id) ? found >= bound : found <= bound,
    };
  });
}

/** Must the figure reach its bound, instead of staying within it? */
export function isMinimum(id: PromiseId): boolean {
  const definition: PromiseDefinition | undefined = promises.find((promise) => promise.id === id);
  return definition?.isMinimum ?? false;
}

/** Only a broken promise fails the run. */
export function allHeld(results: readonly PromiseResult[]): boolean {
  return results.every(({ held }) => held !== false);
}
