// From when on is a thing too late, too old or too full? What rules judge by, with the defaults.

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export interface Settings {
  /** Something that is under way for less is not yet a fault. */
  graceMs: number;
  /** A node without news for less may come back by itself. Source: kube-controller-manager, pod eviction after 5 minutes. */
  nodeGoneGraceMs: number;
  /** A lease older than this has lost its holder, whatever its own duration says. */
  leaseStaleMs: number;
  /** Recovery point objective: the newest good copy may be this old. */
  rpoMs: number;
  /** A backup whose restore has never been tried for so long counts as untested. */
  restoreTestMs: number;
  /** An upload without an end after so long is stuck. */
  uploadStuckMs: number;
  /** A claim unused for so long is a leftover. */
  unusedMs: number;
  /** A capacity report older than this says nothing. */
  capacityReportMs: number;
  /** Free share of a volume below which it counts as filling. Source: kubernetes-mixin, KubePersistentVolumeFillingUp. */
  freeShareLow: number;
  /** Used share of a pool, of its data or of its metadata, above which it counts as full. Pools fill up for all at once. */
  poolFullShare: number;
}

export const defaultSettings: Settings = {
  graceMs: 5 * minuteMs,
  nodeGoneGraceMs: 5 * minuteMs,
  leaseStaleMs: 2 * minuteMs,
  rpoMs: dayMs,
  restoreTestMs: 90 * dayMs,
  uploadStuckMs: 4 * hourMs,
  unusedMs: 30 * dayMs,
  capacityReportMs: dayMs,
  freeShareLow: 0.03,
  poolFullShare: 0.9,
};
