import { expect, onTestFinished, test } from 'vitest';
import { nodes, pods } from '../apis/resources.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { metricsText } from '../base/metrics/exposition.ts';
import { shapeOf } from '../base/metrics/shape.fixture.ts';
import { FakeWorld } from '../client/fake-world.ts';
import { scheduler } from './controller.ts';
import { SchedulerMetrics } from './metrics.ts';

/** The lines of one metric, without its name. */
function linesOf(metrics: SchedulerMetrics, name: string): string[] {
  const lines = metricsText(metrics.metrics()).split('\n');
  return lines
    .filter((line) => line.startsWith(`scheduler_${name}`))
    .map((line) => line.slice(`scheduler_${name}`.length));
}

const pending = (metrics: SchedulerMetrics): string[] =>
  linesOf(metrics, 'pending_pods').filter((line) => !line.endsWith(' 0'));

test('a pod is gated, waits, fails, fits nowhere, and gets a node -> each is told', async () => {
  const clock = new FakeClock();
  const metrics = new SchedulerMetrics(clock);
  metrics.waits('shop/a', { isGated: true });
  metrics.looks('shop/a');
  expect(pending(metrics)).toEqual(['{queue="gated"} 1']);
  await clock.advance(60_000);

  metrics.waits('shop/a', { isGated: false });
  expect(pending(metrics)).toEqual(['{queue="active"} 1']);
  metrics.looks('shop/a');
  metrics.ended('shop/a', 'error');
  expect(pending(metrics)).toEqual(['{queue="backoff"} 1']);
  metrics.looks('shop/a');
  metrics.ended('shop/a', 'unschedulable');
  expect(pending(metrics)).toEqual(['{queue="unschedulable"} 1']);
  // Nothing woke it.
  metrics.looks('shop/a');
  metrics.ended('shop/a', 'unschedulable');
  metrics.woken('shop/a');
  metrics.looks('shop/a');
  metrics.binding('shop/a');
  expect(pending(metrics)).toEqual([]);
  await clock.advance(3000);
  metrics.ended('shop/a', 'scheduled');

  const attempt = (result: string): string => `{profile="default-scheduler",result="${result}"} 1`;
  expect(linesOf(metrics, 'schedule_attempts_total')).toEqual(['error', 'unschedulable', 'scheduled'].map(attempt));
  expect(linesOf(metrics, 'scheduling_attempt_duration_seconds_sum')).toContain(
    '{profile="default-scheduler",result="scheduled"} 3',
  );
  // The time with gates does not count.
  expect(linesOf(metrics, 'pod_scheduling_sli_duration_seconds_sum')).toEqual(['{attempts="3"} 3']);
  expect(linesOf(metrics, 'pod_scheduling_attempts_sum')).toEqual([' 3']);
  expect(linesOf(metrics, 'pod_scheduling_attempts_bucket')).toContain('{le="16"} 1');
});

test('the scheduler places one pod and finds no room for another -> one attempt each, however often it is looked at', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const metrics = new SchedulerMetrics(fake.deps.clock);
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    allocatable: { cpu: '1', memory: '1Gi', pods: '9' },
  };
  await fake.create(nodes, { metadata: { name: 'n1' }, status });
  await fake.start(scheduler(fake.deps, metrics));
  const spec = { containers: [{ name: 'c', resources: { requests: { cpu: '600m' } } }] };
  for (const name of ['a', 'b']) await fake.create(pods, { metadata: { namespace: 'shop', name }, spec });
  await fake.clock.advance(5000);
  expect(linesOf(metrics, 'schedule_attempts_total')).toEqual([
    '{profile="default-scheduler",result="scheduled"} 1',
    '{profile="default-scheduler",result="unschedulable"} 1',
  ]);
  expect(pending(metrics)).toEqual(['{queue="unschedulable"} 1']);

  await fake.client.delete(pods, { at: { namespace: 'shop', name: 'a' }, gracePeriodSeconds: 0 }, fake.signal);
  await fake.clock.advance(100);
  expect(pending(metrics)).toEqual([]);
  expect(linesOf(metrics, 'pod_scheduling_sli_duration_seconds_count')).toEqual([
    '{attempts="1"} 1',
    '{attempts="2"} 1',
  ]);
});

test('a pod that fits nowhere is given a node by somebody else -> it is no longer pending', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const metrics = new SchedulerMetrics(fake.deps.clock);
  await fake.start(scheduler(fake.deps, metrics));
  const spec = { containers: [{ name: 'c' }] };
  for (const name of ['bound', 'going'])
    await fake.create(pods, { metadata: { namespace: 'shop', name, finalizers: ['example.com/f'] }, spec });
  await fake.clock.advance(100);
  expect(pending(metrics)).toEqual(['{queue="unschedulable"} 2']);
  const bound = await fake.find(pods, 'bound', 'shop');
  if (bound) await fake.client.update(pods, { ...bound, spec: { ...spec, nodeName: 'elsewhere' } }, fake.signal);
  await fake.clock.advance(100);
  expect(pending(metrics)).toEqual(['{queue="unschedulable"} 1']);
  await fake.client.delete(pods, { at: { namespace: 'shop', name: 'going' } }, fake.signal);
  await fake.clock.advance(100);
  expect(pending(metrics)).toEqual([]);
});

/** `count` bounds as they are written, each twice the one before. */
const doubling = (first: number, count: number): string =>
  [...Array.from({ length: count }, (_, index) => String(first * 2 ** index)), '+Inf'].join(' ');

test("every metric -> upstream's name, type, labels and buckets", () => {
  const metrics = new SchedulerMetrics(new FakeClock());
  for (const [key, result] of [
    ['a', 'error'],
    ['b', 'unschedulable'],
    ['c', 'scheduled'],
  ] as const) {
    metrics.waits(key, { isGated: false });
    metrics.looks(key);
    metrics.decided(0);
    metrics.ended(key, result);
  }
  // Facts of Kubernetes 1.36.1, pkg/scheduler/metrics/metrics.go.
  const attempts = { labels: 'profile result' };
  expect(metrics.metrics().map(shapeOf)).toEqual([
    { name: 'scheduler_pending_pods', type: 'gauge', labels: 'queue' },
    { name: 'scheduler_pod_scheduling_attempts', type: 'histogram', labels: '', bounds: doubling(1, 5) },
    {
      name: 'scheduler_pod_scheduling_sli_duration_seconds',
      type: 'histogram',
      labels: 'attempts',
      bounds: doubling(0.01, 20),
    },
    { name: 'scheduler_schedule_attempts_total', type: 'counter', ...attempts },
    {
      name: 'scheduler_scheduling_algorithm_duration_seconds',
      type: 'histogram',
      labels: '',
      bounds: doubling(0.001, 15),
    },
    {
      name: 'scheduler_scheduling_attempt_duration_seconds',
      type: 'histogram',
      ...attempts,
      bounds: doubling(0.001, 15),
    },
  ]);
  const queues = metrics.metrics()[0]?.samples.map(({ labels }) => labels['queue']);
  expect(queues).toEqual(['active', 'backoff', 'gated', 'unschedulable']);
});
