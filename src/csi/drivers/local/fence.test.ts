// When an attachment is revoked under a writing process, what does the writer still get, and what does the volume keep?

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../base/system-clock.ts';
import {
  call,
  changedGenerations,
  type Fixture,
  never,
  report,
  startFixture,
  whyNoBlockMode,
} from './driver.fixture.ts';
import { stepsOf } from './volume-steps.fixture.ts';

const why = await whyNoBlockMode();
if (why) report(`The fence is not tested here: ${why}`);

let fixture: Fixture;

describe.skipIf(why)('fence', () => {
  afterEach(() => fixture.close());

  test('revoke under a writer -> no acknowledgement afterwards, every earlier one is there, the cut is the generation', async () => {
    const outcome = await failOver({});
    expect(outcome.acknowledgedAfterRevoke).toBe(0);
    expect(outcome.lost).toBe(0);
    expect(outcome.doubleWrites).toEqual([]);
    report(`Fence, ms: ${JSON.stringify(outcome.times)}; acknowledged ${outcome.acknowledged}`);
  });

  test('sabotage leaves the revoke out -> the old writer goes on, and the comparison shows it', async () => {
    const outcome = await failOver({ sabotage: 'no-fence' });
    expect(outcome.acknowledgedAfterRevoke).toBeGreaterThan(0);
    expect(outcome.doubleWrites).toEqual(['pvc-1.g1.img']);
  });
});

interface Outcome {
  acknowledged: number;
  acknowledgedAfterRevoke: number;
  lost: number;
  doubleWrites: string[];
  times: Record<string, number>;
}

/** A process appends numbers and syncs each; its volume moves to node-2 meanwhile, as if node-1 did not answer. */
async function failOver(options: { sabotage?: 'no-fence' }): Promise<Outcome> {
  fixture = await startFixture({ mode: 'block', keepGenerations: true, ...options });
  const steps = stepsOf(fixture);
  const volumeId = await steps.createVolume('pvc-1');
  const placed = await steps.place({
    node: fixture.node1,
    volumeId,
    publishContext: await steps.publish(volumeId, 'node-1'),
    name: 'a',
  });
  const writer = startWriter(path.join(placed.targetPath, 'log'));
  try {
    await expect.poll(() => writer.acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(100);
    const start = systemClock.monotonic();
    const revoked = await fixture.controller.fence.revoke({ volumeId, nodeId: 'node-1', epoch: 1 }, call);
    const revokedAfter = systemClock.monotonic() - start;
    expect(revoked).toMatchObject({ epoch: 1, drained: true, offered: true });
    // What was acknowledged before the answer may still be in the pipe.
    await systemClock.sleep(50, never);
    const before = writer.acknowledged.length;
    const beforeAttach = systemClock.monotonic();
    await steps.unpublish(volumeId, 'node-1');
    const unpublished = systemClock.monotonic();
    const publishContext = await steps.publish(volumeId, 'node-2');
    const published = systemClock.monotonic();
    const moved = await steps.place({ node: fixture.node2, volumeId, publishContext, name: 'b' });
    const placedAt = systemClock.monotonic();
    const rows = new Set((await readFile(path.join(moved.targetPath, 'log'), 'utf8')).split('\n'));
    await systemClock.sleep(100, never);
    const lost = writer.acknowledged.slice(0, before).filter((row) => !rows.has(row)).length;
    const acknowledgedAfterRevoke = writer.acknowledged.length - before;
    await writer.stop();
    await steps.remove(fixture.node1, volumeId, placed);
    const round = (ms: number): number => Math.round(ms * 10) / 10;
    return {
      acknowledged: before,
      acknowledgedAfterRevoke,
      lost,
      doubleWrites: await changedGenerations(fixture.poolDir),
      times: {
        revoke: round(revokedAfter),
        unpublish: round(unpublished - beforeAttach),
        publish: round(published - unpublished),
        'stage+publish': round(placedAt - published),
      },
    };
  } finally {
    await writer.stop();
  }
}

interface Writer {
  acknowledged: string[];
  stop(): Promise<void>;
}

function startWriter(file: string): Writer {
  const script = `
    const fs = require('node:fs');
    const fd = fs.openSync(process.argv[1], 'a');
    for (let row = 0; ; row++) {
      fs.writeSync(fd, row + '\\n');
      fs.fdatasyncSync(fd);
      fs.writeSync(1, row + '\\n');
    }`;
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  const acknowledged: string[] = [];
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    acknowledged.push(...lines);
  });
  const exited = once(child, 'exit');
  return {
    acknowledged,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
