// Is the question for the server's version answered once, and forgotten?

import { expect, onTestFinished, test } from 'vitest';
import { serverStatusRequests } from '../../apis/velero/resources.ts';
import { veleroWorld } from '../../backup/testing/velero-world.ts';
import { serverStatusController } from './controller.ts';
import { reconcileStatusRequest, type StatusRequestView, type Step } from './reconcile.ts';

test.each<{ name: string; view: Partial<StatusRequestView>; want: Step }>([
  { name: 'no phase -> answers', view: {}, want: { type: 'Answer' } },
  { name: 'New -> answers', view: { phase: 'New' }, want: { type: 'Answer' } },
  { name: 'Processed, no time -> answers', view: { phase: 'Processed' }, want: { type: 'Answer' } },
  {
    name: 'answered 20 s ago -> waits',
    view: { phase: 'Processed', sinceProcessedMs: 20_000 },
    want: { type: 'Wait', retryAfterMs: 40_000 },
  },
  {
    name: 'answered a minute ago -> removes it',
    view: { phase: 'Processed', sinceProcessedMs: 60_000 },
    want: { type: 'Remove' },
  },
  { name: 'being deleted -> settled', view: { isDeleting: true }, want: { type: 'Settled' } },
])('reconcileStatusRequest: $name', ({ view, want }) => {
  const asked: StatusRequestView = { phase: undefined, isDeleting: false, sinceProcessedMs: undefined, ...view };
  expect(reconcileStatusRequest(asked)).toEqual(want);
});

test('a question -> version, plugins and time; a minute later it is gone', async () => {
  const world = veleroWorld();
  onTestFinished(() => world.end());
  await world.start(serverStatusController(world.deps, { serverVersion: 'v1.18.3-amarre.1' }));
  await world.create(serverStatusRequests, { metadata: { namespace: 'velero', name: 'velero-cli-x' } });
  await world.clock.advance(0);
  expect((await world.find(serverStatusRequests, 'velero-cli-x', 'velero'))?.status).toEqual({
    phase: 'Processed',
    processedTimestamp: '2026-01-01T00:00:00Z',
    serverVersion: 'v1.18.3-amarre.1',
    plugins: [
      { name: 'amarre.io/data-upload', kind: 'BackupItemActionV2' },
      { name: 'amarre.io/filesystem', kind: 'ObjectStore' },
      { name: 'amarre.io/data-download', kind: 'RestoreItemActionV2' },
    ],
  });
  await world.clock.advance(59_000);
  expect(await world.find(serverStatusRequests, 'velero-cli-x', 'velero')).toBeDefined();
  await world.clock.advance(1_000);
  expect(await world.find(serverStatusRequests, 'velero-cli-x', 'velero')).toBeUndefined();
});
