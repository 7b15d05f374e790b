import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import { examine } from './examine.ts';
import { allRules } from './rules/all.ts';
import { defaultSettings } from './settings.ts';
import { healthyCluster } from './testing/healthy-cluster.ts';

test('a healthy cluster -> nothing found, and every rule ran', () => {
  const { findings, notRun, partlyRun } = examine(
    healthyCluster({ sets: 20, replicas: 3, nodes: 6, zones: 3 }),
    allRules,
    defaultSettings,
  );
  expect(findings.map(({ rule, sentence }) => `${rule} ${sentence}`)).toEqual([]);
  expect(notRun).toEqual([]);
  expect(partlyRun).toEqual([]);
});

test('the healthy cluster is no empty one', () => {
  const { data } = healthyCluster({ sets: 2, replicas: 3, nodes: 6, zones: 3 });
  const count = (objects: readonly KubeObject[] | undefined): number => objects?.length ?? 0;
  expect(count(data.objects.pods)).toBeGreaterThan(6);
  expect(count(data.objects.backups)).toBeGreaterThan(1);
});
