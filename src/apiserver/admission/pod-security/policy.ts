// Which level does a namespace ask for, and does a pod meet it? Pure. Source: k8s.io/pod-security-admission/api.

import { invalidValue } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import { baselineChecks } from './baseline.ts';
import type { PodShape, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

const levels = ['privileged', 'baseline', 'restricted'] as const;

export type Level = (typeof levels)[number];

export interface LevelVersion {
  level: Level;
  /** Minor version, or `latest`. */
  version: number | 'latest';
}

export type Mode = 'enforce' | 'audit' | 'warn';

export type Policy = Record<Mode, LevelVersion>;

/** The policy that the served API stands for. */
const latestMinor = 36;

/** `restricted:latest`, `baseline:v1.30`. */
export function levelText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** By which metrics tell versions apart: what is privileged is so in all of them. */
export function versionText({ level, version }: LevelVersion): string {
  if (version === 'latest' || level === 'privileged') return 'latest';
  return version > latestMinor ? 'future' : `v1.${version}`;
}

/**
 * The policy that a namespace's labels ask for, and what is wrong with them. What can't be read counts as
 * restricted where it is enforced, and as privileged where it is only told.
 */
export function policyOf(labels: Record<string, string> = {}): { policy: Policy; errors: StatusCause[] } {
  const errors: StatusCause[] = [];
  const read = (mode: Mode): LevelVersion & { isLevelSet: boolean; isVersionSet: boolean; isLevelGood: boolean } => {
    const [levelLabel, versionLabel] = [
      `pod-security.kubernetes.io/${mode}`,
      `pod-security.kubernetes.io/${mode}-version`,
    ];
    const [level, version] = [labels[levelLabel], labels[versionLabel]];
    const isGood = level !== undefined && (levels as readonly string[]).includes(level);
    if (level !== undefined && !isGood)
      errors.push(invalidValue(`metadata.labels[${levelLabel}]`, level, `must be one of ${levels.join(', ')}`));
    const minor = /^v1\.(0|[1-9][0-9]*)$/.exec(version ?? '')?.[1];
    if (version !== undefined && version !== 'latest' && minor === undefined)
      errors.push(invalidValue(`metadata.labels[${versionLabel}]`, version, 'must be "latest" or "v1.x"'));
    const fallback = level === undefined || mode !== 'enforce' ? 'privileged' : 'restricted';
    return {
      level: isGood ? (level as Level) : fallback,
      version: minor === undefined ? 'latest' : Number(minor),
      isLevelSet: level !== undefined,
      isLevelGood: isGood,
      isVersionSet: version !== undefined,
    };
  };
  const [enforce, audit, warn] = [read('enforce'), read('audit'), read('warn')];
  // Who enforces a level also wants to hear what would break it in the templates of workloads.
  if (!warn.isLevelSet && enforce.isLevelGood && isStricter(enforce.level, warn.level)) {
    warn.level = enforce.level;
    if (!warn.isVersionSet) warn.version = enforce.version;
  }
  const plain = ({ level, version }: LevelVersion): LevelVersion => ({ level, version });
  return { policy: { enforce: plain(enforce), audit: plain(audit), warn: plain(warn) }, errors };
}

export function isStricter(level: Level, than: Level): boolean {
  return levels.indexOf(level) > levels.indexOf(than);
}

/** What the pod violates at that level; empty if it may pass. */
export function violationsOf(pod: PodShape, { level, version }: LevelVersion): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? latestMinor : Math.min(version, latestMinor);
  const restricted = level === 'restricted' ? restrictedChecks.filter(({ since }) => since <= minor) : [];
  const overridden = new Set(restricted.map(({ overrides }) => overrides));
  const baseline = baselineChecks.filter(({ id, since }) => since <= minor && !overridden.has(id));
  return [...baseline, ...restricted].map(({ run }) => run(pod, minor)).filter((violation) => violation !== undefined);
}

/** `host namespaces (hostPID=true), privileged (…)`. */
export function detailText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
