import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import type { Report } from '../../doctor/report/report.ts';
import { finding, reportWith } from '../../doctor/testing/reports.ts';
import type { Actions, CommandContext } from '../actions.ts';
import { watchCluster } from './watch.ts';

test('watch says what appears and what clears, tells a failed look apart, and serves the metrics of the last', async () => {
  const looks: (Report | Error)[] = [
    reportWith([]),
    reportWith([finding('data')]),
    new Error('No answer\u001b'),
    reportWith([finding('data'), finding('logs')]),
    reportWith([finding('logs')]),
  ];
  const clock = new FakeClock();
  const stop = new AbortController();
  const said: string[] = [];
  let metrics = (): string => '';
  const context: CommandContext = {
    defaultDataDir: '/d',
    signal: stop.signal,
    clock,
    terminal: {
      out: (text: string) => void said.push(text),
      err: (text: string) => void said.push(text),
      isInteractive: false,
    },
    actions: {
      serveText: (_at: object, text: () => string) => Promise.resolve((metrics = text) && { port: 9464 }),
    } as unknown as Actions,
  };
  const up: string[] = [];
  const look = async (): Promise<Report> => {
    up.push(/^amarre_doctor_up (\d)$/m.exec(metrics())?.[1] ?? '');
    const next = looks.shift();
    if (next === undefined) stop.abort();
    if (next instanceof Error) throw next;
    return next as Report;
  };
  const watching = watchCluster(
    context,
    { look, intervalMs: 1000, metricsAddress: { host: '127.0.0.1', port: 0 } },
    stop.signal,
  );
  for (let second = 0; second < 6; second++) await clock.advance(1000);
  await watching;
  const lines = said
    .join('')
    .split('\n')
    .map((line) => line.replace(/^2026-\S+ /, '').replace(/ {2}Claim.*/, ''));
  expect(lines).toEqual([
    'Metrics at http://127.0.0.1:9464/metrics',
    'nothing found',
    'found   High X01  PersistentVolumeClaim shop/data',
    'could not look: No answer\\u001b',
    'found   High X01  PersistentVolumeClaim shop/logs',
    'cleared High X01  PersistentVolumeClaim shop/data',
    '',
  ]);
  expect(up).toEqual(['0', '1', '1', '0', '1', '1']);
});
