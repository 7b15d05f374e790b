// Do the kernel calls do what their names say?

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncFileSystem, thawFileSystem, tryLockFile } from './kernel-filesystem.ts';
import { boottimeMs } from './kernel-process.ts';
import { systemClock } from './system-clock.ts';

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  children = [];
  folder = await mkdtemp(path.join(tmpdir(), 'amarre-kernel-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

describe('files', () => {
  test('a lock is exclusive until its handle is closed', async () => {
    const file = path.join(folder, 'lock');
    const first = await tryLockFile(file);
    await expect(tryLockFile(file)).resolves.toBeUndefined();
    await first?.close();
    const second = await tryLockFile(file);
    expect(second).toBeDefined();
    await second?.close();
  });

  test('a call that fails on another thread -> KernelError with the name of its errno', async () => {
    const handle = await tryLockFile(path.join(folder, 'lock'));
    await expect(thawFileSystem(handle?.fd ?? -1)).rejects.toMatchObject({
      name: 'KernelError',
      code: expect.stringMatching(/^E[A-Z]+$/),
    });
    await handle?.close();
    await expect(syncFileSystem(folder)).resolves.toBeUndefined();
  });
});

describe('dead-man timer', () => {
  test.each([
    {
      name: 'armed and not moved -> killed at the deadline',
      steps: 'timer.arm(boottimeMs() + 400);',
      stop: false,
      killedAfterMs: 400,
    },
    {
      name: 'stopped meanwhile -> killed at the deadline all the same',
      steps: 'timer.arm(boottimeMs() + 400);',
      stop: true,
      killedAfterMs: 400,
    },
    {
      name: 'moved -> the last deadline counts',
      steps: 'timer.arm(boottimeMs() + 1000); timer.arm(boottimeMs() + 1400);',
      stop: false,
      killedAfterMs: 1_400,
    },
    {
      name: 'a deadline in the past -> killed at once',
      steps: 'setImmediate(() => timer.arm(1));',
      stop: false,
      killedAfterMs: 0,
    },
  ])('$name', async ({ steps, stop, killedAfterMs }) => {
    const { child, startedAt, exited } = await start(steps);
    if (stop) child.kill('SIGSTOP');
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(boottimeMs() - startedAt).toBeGreaterThanOrEqual(killedAfterMs);
  });

  test('disarmed -> lives on', async () => {
    const { child, exited } = await start('timer.arm(boottimeMs() + 1000); timer.disarm();');
    await systemClock.sleep(1_500, new AbortController().signal);
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    child.kill('SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
  });
});

/** A child that has made its timer at `startedAt`, on the clock that all processes share, and taken `steps`. */
async function start(steps: string): Promise<{ child: ChildProcess; startedAt: number; exited: Promise<unknown[]> }> {
  const script = path.join(folder, 'child.mts');
  const module = JSON.stringify(path.resolve(import.meta.dirname, 'kernel-process.ts'));
  await writeFile(
    script,
    `import { boottimeMs, createDeadManTimer } from ${module};
     const timer = createDeadManTimer();
     const startedAt = boottimeMs();
     ${steps}
     process.stdout.write(String(startedAt));
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const exited = once(child, 'exit');
  const [startedAt] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, startedAt: Number(startedAt.toString()), exited };
}
