import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { type Metric, metricsText } from '../../base/metrics/exposition.ts';
import { seededRandom } from '../../base/seeded-random.ts';
import { WorkQueue } from '../work-queue.ts';
import { ElectionMetrics } from './election-metrics.ts';
import { WorkQueueMetrics } from './queue-metrics.ts';
import { RestClientMetrics } from './rest-client-metrics.ts';

const lines = (metrics: Metric[]): string[] =>
  metricsText(metrics)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));

test('a work queue -> adds, depth, waits, work and retries of its keys', async () => {
  const clock = new FakeClock();
  const signal = new AbortController().signal;
  const metrics = new WorkQueueMetrics(clock);
  const queue = new WorkQueue({ clock, random: seededRandom(1), metrics: metrics.of('binder') });
  for (const key of ['a', 'a', 'b']) queue.add(key);
  await clock.advance(2_000);
  await queue.next(signal);
  await clock.advance(3_000);
  // Added while it is worked on: it waits from now on.
  queue.add('a');
  queue.addAfter('c', 60_000);
  queue.addRateLimited('d');
  expect(lines(metrics.metrics())).toEqual([
    'workqueue_adds_total{name="binder"} 3',
    'workqueue_depth{name="binder"} 2',
    'workqueue_longest_running_processor_seconds{name="binder"} 3',
    'workqueue_queue_duration_seconds_sum{name="binder"} 2',
    'workqueue_queue_duration_seconds_count{name="binder"} 1',
    'workqueue_retries_total{name="binder"} 2',
    'workqueue_unfinished_work_seconds{name="binder"} 3',
    'workqueue_work_duration_seconds_sum{name="binder"} 0',
    'workqueue_work_duration_seconds_count{name="binder"} 0',
  ]);
  queue.done('a');
  expect(metricsText(metrics.metrics())).toContain('workqueue_work_duration_seconds_sum{name="binder"} 3\n');
  expect(metricsText(metrics.metrics())).toContain(
    'workqueue_work_duration_seconds_bucket{name="binder",le="1"} 0\nworkqueue_work_duration_seconds_bucket{name="binder",le="10"} 1\n',
  );
});

test('requests -> by code, method and server; the duration of those that ended', () => {
  const metrics = new RestClientMetrics();
  const get = { method: 'GET', host: '127.0.0.1:6443' };
  metrics.answered(get, 200);
  metrics.took(get, 0.1);
  metrics.answered({ ...get, method: 'PUT' }, undefined);
  expect(lines(metrics.metrics())).toEqual([
    'rest_client_request_duration_seconds_sum{host="127.0.0.1:6443",verb="GET"} 0.1',
    'rest_client_request_duration_seconds_count{host="127.0.0.1:6443",verb="GET"} 1',
    'rest_client_requests_total{code="200",host="127.0.0.1:6443",method="GET"} 1',
    'rest_client_requests_total{code="<error>",host="127.0.0.1:6443",method="PUT"} 1',
  ]);
});

test('an election -> who leads; the check fails when a leader is long past the end of its lease', async () => {
  const clock = new FakeClock();
  const metrics = new ElectionMetrics('controllers', clock);
  const isWell = (): Promise<boolean> =>
    metrics.check.check(new AbortController().signal).then(
      () => true,
      () => false,
    );
  expect(lines(metrics.metrics())[0]).toBe('leader_election_master_status{name="controllers"} 0');
  metrics.leads(true);
  metrics.renewed(15_000);
  metrics.slowpath();
  expect(lines(metrics.metrics())).toEqual([
    'leader_election_master_status{name="controllers"} 1',
    'leader_election_slowpath_total{name="controllers"} 1',
  ]);
  await clock.advance(35_000);
  expect(await isWell()).toBe(true);
  await clock.advance(1);
  expect(await isWell()).toBe(false);
  metrics.leads(false);
  expect(await isWell()).toBe(true);
});
