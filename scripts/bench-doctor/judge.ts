// How long do the rules take over what has been read? In a process of its own, that has compiled nothing yet.

import { performance } from 'node:perf_hooks';
import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { examine } from '../../src/doctor/examine.ts';
import { refText } from '../../src/doctor/finding.ts';
import { fold } from '../../src/doctor/fold.ts';
import { trim } from '../../src/doctor/read/trim.ts';
import { allRules } from '../../src/doctor/rules/all.ts';
import { defaultSettings } from '../../src/doctor/settings.ts';
import type { KindName } from '../../src/doctor/snapshot/kinds.ts';
import { Snapshot, type SnapshotData } from '../../src/doctor/snapshot/snapshot.ts';
import { fullSize, healthyCluster } from './healthy-cluster.ts';

/** What it prints, as JSON. */
export interface Judgement {
  ms: number;
  /** Processor time, all threads. */
  cpuMs: number;
  findings: number;
  rules: number;
  notRun: { rule: string; reason: string }[];
  slowest: { rule: string; ms: number }[];
  examples: string[];
}

const nowMs = systemClock.now();
const objects: Partial<Record<KindName, object[]>> = {};
// As whatever read them has left them: taken from text, and trimmed.
for (const { kind, object } of healthyCluster(fullSize, { nowMs }))
  (objects[kind] ??= []).push(trim(JSON.parse(JSON.stringify(object)) as KubeObject));
const snapshot = new Snapshot({ takenAtMs: nowMs, objects: objects as SnapshotData['objects'] });

// What making the cluster has left behind is not the rules' to clear away.
globalThis.gc?.();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const { findings, notRun } = examine(snapshot, allRules, defaultSettings);
fold(findings);
const ms = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);

const perRule = allRules.map((rule) => {
  const from = performance.now();
  examine(snapshot, [rule], defaultSettings);
  return { rule: rule.id, ms: Math.round(performance.now() - from) };
});
const slowest = perRule.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
const examples = findings.slice(0, 10).map(({ rule, subject, sentence }) => `${rule} ${refText(subject)}: ${sentence}`);
const judgement: Judgement = {
  ms,
  cpuMs: (user + system) / 1000,
  findings: findings.length,
  rules: allRules.length,
  notRun,
  slowest,
  examples,
};
process.stdout.write(JSON.stringify(judgement));
