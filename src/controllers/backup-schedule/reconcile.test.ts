// Does a schedule make one backup for each of its times, and none besides?

import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StatusError } from '../../apimachinery/status-error.ts';
import { backups, schedules } from '../../apis/velero/resources.ts';
import type { Backup, Schedule } from '../../apis/velero/types.ts';
import { parseCron } from '../../backup/cron.ts';
import { veleroWorld } from '../../backup/testing/velero-world.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { FakeWorld } from '../../client/fake-world.ts';
import { backupScheduleController } from './controller.ts';
import { backupDraft } from './draft.ts';
import { reconcileSchedule, type ScheduleView, type Step } from './reconcile.ts';

const minute = 60_000;
const hour = 60 * minute;

function view(overrides: Partial<ScheduleView>): ScheduleView {
  return {
    isDeleting: false,
    isPaused: false,
    phase: 'Enabled',
    recordedErrors: [],
    errors: [],
    skipImmediately: false,
    nowMs: 10 * hour,
    recordedRunMs: undefined,
    newestRunMs: undefined,
    dueMs: 11 * hour,
    isRunning: false,
    ...overrides,
  };
}

test.each<{ name: string; view: Partial<ScheduleView>; want: Step }>([
  { name: 'new -> Enabled', view: { phase: undefined }, want: { type: 'SetPhase', phase: 'Enabled', errors: [] } },
  {
    name: 'unreadable -> FailedValidation',
    view: { errors: ['bad'], dueMs: undefined },
    want: { type: 'SetPhase', phase: 'FailedValidation', errors: ['bad'] },
  },
  {
    name: 'unreadable in another way -> says so',
    view: { phase: 'FailedValidation', recordedErrors: ['bad'], errors: ['worse'] },
    want: { type: 'SetPhase', phase: 'FailedValidation', errors: ['worse'] },
  },
  {
    name: 'unreadable, noted -> settled',
    view: { phase: 'FailedValidation', recordedErrors: ['bad'], errors: ['bad'], dueMs: 0 },
    want: { type: 'Settled' },
  },
  {
    name: 'mended -> Enabled',
    view: { phase: 'FailedValidation', recordedErrors: ['bad'] },
    want: { type: 'SetPhase', phase: 'Enabled', errors: [] },
  },
  { name: 'due in an hour -> looks again in a minute', view: {}, want: { type: 'Wait', retryAfterMs: minute } },
  { name: 'due soon -> waits', view: { dueMs: 10 * hour + 5 }, want: { type: 'Wait', retryAfterMs: 5 } },
  { name: 'due -> runs', view: { dueMs: 10 * hour }, want: { type: 'Run' } },
  { name: 'long due -> runs', view: { dueMs: hour }, want: { type: 'Run' } },
  { name: 'never due -> settled', view: { dueMs: undefined }, want: { type: 'Settled' } },
  {
    name: 'due while one runs -> waits',
    view: { dueMs: hour, isRunning: true },
    want: { type: 'Wait', retryAfterMs: minute },
  },
  { name: 'run not noted -> notes it', view: { newestRunMs: 5, dueMs: 0 }, want: { type: 'Record', atMs: 5 } },
  {
    name: 'newer run not noted -> notes it',
    view: { newestRunMs: 5, recordedRunMs: 4 },
    want: { type: 'Record', atMs: 5 },
  },
  { name: 'run noted -> goes on', view: { newestRunMs: 5, recordedRunMs: 5, dueMs: 6 }, want: { type: 'Run' } },
  { name: 'skip at once -> skips', view: { skipImmediately: true, dueMs: 0 }, want: { type: 'Skip' } },
  { name: 'paused -> settled', view: { isPaused: true, dueMs: 0, phase: undefined }, want: { type: 'Settled' } },
  { name: 'being deleted -> settled', view: { isDeleting: true, dueMs: 0 }, want: { type: 'Settled' } },
])('reconcileSchedule: $name', ({ view: overrides, want }) => {
  expect(reconcileSchedule(view(overrides))).toEqual(want);
});

const metadata = { name: 'nightly', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const at = epochMsOf('2026-01-02T03:04:05Z');

test('a run -> a backup with the template, the labels, the annotations and the name of its time', () => {
  const labels = { team: 'a' };
  const template = { includedNamespaces: ['shop'], ttl: '24h' };
  const schedule: Schedule = {
    metadata: { ...metadata, labels, annotations: { note: 'x' } },
    spec: { schedule: '@daily', template, useOwnerReferencesInBackup: true },
  };
  expect(backupDraft(schedule, at)).toEqual({
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: {
      name: 'nightly-20260102030405',
      namespace: 'velero',
      labels: { team: 'a', 'velero.io/schedule-name': 'nightly' },
      annotations: { note: 'x', 'amarre.io/scheduled-at': '2026-01-02T03:04:05Z' },
      ownerReferences: [{ apiVersion: 'velero.io/v1', kind: 'Schedule', name: 'nightly', uid: 'u', controller: true }],
    },
    spec: template,
  });
});

test('labels in the template -> instead of those of the schedule', () => {
  const spec = { schedule: '@daily', template: { metadata: { labels: { tier: 'gold' } } } };
  const draft = backupDraft({ metadata: { ...metadata, labels: { team: 'a' } }, spec }, at);
  expect(draft.metadata.labels).toEqual({ tier: 'gold', 'velero.io/schedule-name': 'nightly' });
  expect(draft.metadata.ownerReferences).toBeUndefined();
});

let world: FakeWorld;
beforeEach(async () => {
  world = veleroWorld();
  await world.start(backupScheduleController(world.deps));
});
afterEach(() => world.end());

const key = { namespace: 'velero', name: 's' };
async function schedule(text: string, spec: Partial<Schedule['spec']> = {}): Promise<void> {
  await world.create(schedules, { metadata: { ...key }, spec: { schedule: text, template: {}, ...spec } });
  await world.clock.advance(0);
}
const change = (body: object) => world.client.patch(schedules, { at: key, body }, world.signal);
const status = async () => (await world.find(schedules, 's', 'velero'))?.status;
const made = async (): Promise<Backup[]> => (await world.client.list(backups, {}, world.signal)).items;
const times = async () => (await made()).map(({ metadata: { name } }) => name.slice('s-20260101'.length));
async function finish(): Promise<void> {
  for (const { metadata: meta, status: old } of await made()) {
    if (old?.phase) continue;
    const where = { namespace: 'velero', name: meta.name };
    await world.client.patch(backups, { at: where, body: { status: { phase: 'Completed' } } }, world.signal);
  }
  await world.clock.advance(0);
}
async function passHours(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await world.clock.advance(hour);
    await finish();
  }
}

test('every two hours for ten hours -> five backups, each at its time', async () => {
  await schedule('0 */2 * * *');
  expect(await status()).toMatchObject({ phase: 'Enabled' });
  await passHours(10);
  expect(await times()).toEqual(['020000', '040000', '060000', '080000', '100000']);
  expect((await status())?.lastBackup).toBe('2026-01-01T10:00:00Z');
});

test('the one before has not ended -> one at a time, and the next as soon as it has', async () => {
  await schedule('@hourly');
  await world.clock.advance(3.5 * hour);
  expect(await times()).toEqual(['010000']);
  await finish();
  expect(await times()).toEqual(['010000', '033000']);
  await finish();
  await passHours(1);
  expect(await times()).toEqual(['010000', '033000', '040000']);
});

test('paused for a day -> nothing; then one for all that was missed', async () => {
  await schedule('@hourly');
  await change({ spec: { paused: true } });
  await passHours(24);
  expect(await times()).toEqual([]);
  await change({ spec: { paused: false } });
  await world.clock.advance(0);
  expect(await made()).toHaveLength(1);
});

test('paused for a day, and told to skip -> nothing until the next time', async () => {
  await schedule('@hourly', { paused: true });
  await world.clock.advance(24.5 * hour);
  await change({ spec: { paused: false, skipImmediately: true } });
  await world.clock.advance(0);
  expect(await times()).toEqual([]);
  expect((await world.find(schedules, 's', 'velero'))?.spec?.skipImmediately).toBe(false);
  expect((await status())?.lastSkipped).toBe('2026-01-02T00:30:00Z');
  await world.clock.advance(0.5 * hour);
  expect(await made()).toHaveLength(1);
});

test('unreadable -> FailedValidation with the reason; mended -> Enabled, and runs', async () => {
  await schedule('every day');
  const error = 'invalid schedule: expected exactly 5 fields, found 2: [every day]';
  expect(await status()).toMatchObject({ phase: 'FailedValidation', validationErrors: [error] });
  await change({ spec: { schedule: '@hourly' } });
  await passHours(1);
  expect(await status()).toMatchObject({ phase: 'Enabled' });
  expect((await status())?.validationErrors ?? null).toBeNull();
  expect(await times()).toEqual(['010000']);
});

test('empty -> FailedValidation', async () => {
  await schedule('');
  expect((await status())?.validationErrors).toEqual(['Schedule must be a non-empty valid Cron expression']);
});

test('what a user makes from the schedule is no run of it', async () => {
  await schedule('@every 2h');
  await world.clock.advance(hour);
  const labels = { 'velero.io/schedule-name': 's' };
  await world.create(backups, { metadata: { namespace: 'velero', name: 's-20260101010000', labels }, spec: {} });
  await finish();
  await passHours(1);
  expect(await times()).toEqual(['010000', '020000']);
});

test('whichever writes fail, each due time has one backup at most, and the schedule goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 5, maxLength: 30 }), async (failures) => {
      await world.end();
      world = veleroWorld();
      await world.start(backupScheduleController(world.deps));
      await schedule('@hourly');
      const left = [...failures];
      world.api.beforeWrite = (write) => {
        if (left.shift() && !write.includes('backups/')) throw new StatusError('ServiceUnavailable', 'not now');
      };
      await passHours(4);
      left.length = 0;
      await passHours(2);
      const found = (await made()).map((backup) =>
        epochMsOf(backup.metadata.annotations?.['amarre.io/scheduled-at'] ?? ''),
      );
      const parsed = parseCron('@hourly');
      if ('error' in parsed) throw new Error(parsed.error);
      for (const [index, ms] of found.entries()) {
        const due = parsed.schedule.next(found[index - 1] ?? epochMsOf('2026-01-01T00:00:00Z')) ?? Infinity;
        expect(ms).toBeGreaterThanOrEqual(due);
      }
      expect(found.at(-1)).toBe(epochMsOf('2026-01-01T06:00:00Z'));
    }),
    { numRuns: 6 },
  );
});
