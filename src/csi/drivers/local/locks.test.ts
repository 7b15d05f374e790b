// Does one call at a time work on a volume?

import { expect, test } from 'vitest';
import { KeyedLocks } from './locks.ts';

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('tryRun: something else is pending -> ABORTED, and free again when it ended, also by failure', async () => {
  const locks = new KeyedLocks();
  const first = gate();
  const running = locks.tryRun('v', async () => {
    await first.opened;
    throw new Error('failed');
  });
  await expect(locks.tryRun('v', async () => 1)).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(locks.tryRun('other', async () => 1)).resolves.toBe(1);
  first.open();
  await expect(running).rejects.toThrow('failed');
  await expect(locks.tryRun('v', async () => 2)).resolves.toBe(2);
  expect(locks.isHeld('v')).toBe(false);
});

test('run: waits for its turn', async () => {
  const locks = new KeyedLocks();
  const first = gate();
  const order: string[] = [];
  const tasks = [
    locks.run('v', async () => {
      await first.opened;
      order.push('first');
    }),
    locks.run('v', async () => {
      order.push('second');
    }),
  ];
  first.open();
  await Promise.all(tasks);
  expect(order).toEqual(['first', 'second']);
});
