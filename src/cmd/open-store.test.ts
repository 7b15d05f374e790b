// Does a server that waits for its etcd end when it is told to?

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { dataFolder } from '../localcluster/data-folder.ts';
import { untilOpened } from './open-store.ts';
import type { ProcessContext } from './process.ts';

test('an etcd that says nothing -> the wait ends at once with its signal', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const spec = { etcd: { endpoints: [endpoint] } } as ProcessContext['spec'];
  const stopping = new AbortController();
  const opening = untilOpened({ folder: dataFolder('/nowhere'), spec, clock, log }, stopping.signal);
  const ended = expect(opening).rejects.toThrow('Got SIGTERM');
  await clock.sleep(300, new AbortController().signal);
  const before = clock.monotonic();
  stopping.abort(new Error('Got SIGTERM'));
  await ended;
  expect(clock.monotonic() - before).toBeLessThan(1000);
});
