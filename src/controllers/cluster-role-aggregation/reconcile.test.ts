import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { ClusterRole, PolicyRule } from '../../apis/rbac/generated/v1.ts';
import { reconcileAggregation } from './reconcile.ts';

const meta = (name: string, labels?: Record<string, string>): KubeObject['metadata'] => ({
  name,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...(labels && { labels }),
});
const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const part = (name: string, to: string, ...resources: string[]): ClusterRole => ({
  metadata: meta(name, { to }),
  rules: resources.map(rule),
});
const sum = (rules: PolicyRule[], ...to: string[]): ClusterRole => ({
  metadata: meta('sum', { to: 'a' }),
  aggregationRule: { clusterRoleSelectors: to.map((label) => ({ matchLabels: { to: label } })) },
  rules,
});

test.each<{ name: string; role: ClusterRole | undefined; others: ClusterRole[]; want: string[] | 'Settled' }>([
  { name: 'no role', role: undefined, others: [], want: 'Settled' },
  { name: 'a role that aggregates nothing', role: part('x', 'a', 'pods'), others: [], want: 'Settled' },
  {
    name: 'parts in the order of their names, each rule once',
    role: sum([], 'a'),
    others: [part('z', 'a', 'pods', 'nodes'), part('b', 'a', 'secrets', 'pods'), part('c', 'other', 'events')],
    want: ['secrets', 'pods', 'nodes'],
  },
  {
    name: 'several selectors, in their order',
    role: sum([], 'b', 'a'),
    others: [part('x', 'a', 'pods'), part('y', 'b', 'nodes')],
    want: ['nodes', 'pods'],
  },
  {
    name: 'what somebody added',
    role: sum([rule('pods'), rule('mine')], 'a'),
    others: [part('x', 'a', 'pods')],
    want: ['pods'],
  },
  { name: 'a part that is gone', role: sum([rule('pods')], 'a'), others: [], want: [] },
  { name: 'all as it should be', role: sum([rule('pods')], 'a'), others: [part('x', 'a', 'pods')], want: 'Settled' },
])('reconcileAggregation: $name', ({ role, others, want }) => {
  const step = reconcileAggregation(role, role ? [role, ...others] : others);
  const got = step.type === 'Settled' ? 'Settled' : step.rules.flatMap(({ resources }) => resources);
  expect(got).toEqual(want);
});
