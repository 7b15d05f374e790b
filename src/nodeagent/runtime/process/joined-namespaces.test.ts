import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type NodeFixture, nodeFixture, shellContainer, until, whyNotPrivileged } from '../../testing/node-fixture.ts';
import type { ContainerRecord } from '../types.ts';
import { joinsOf } from './joined-namespaces.ts';

const target = { pid: 7, startTicks: '1' };
const entry = (name: string, running: boolean, podUID = 'pod-1') => ({
  record: { podUID, name },
  running: running ? { init: target } : undefined,
});
const aimed = (targetContainer?: string) => shellContainer('true', { ...(targetContainer && { targetContainer }) });

test.each([
  { name: 'aimed at none -> joins nothing', spec: aimed(), mode: 'privileged', want: undefined },
  { name: 'plain processes -> nothing to join', spec: aimed('main'), mode: 'plain', want: undefined },
  { name: 'one that runs -> its first process', spec: aimed('main'), mode: 'userns', want: { target, mode: 'userns' } },
] as const)('joinsOf: $name', ({ spec, mode, want }) => {
  expect(joinsOf(spec, mode, [entry('main', false), entry('main', true)])).toEqual(want);
});

test.each([
  { name: 'none of that name', entries: [], want: 'unable to find target container main' },
  { name: "another pod's", entries: [entry('main', true, 'pod-2')], want: 'unable to find target container main' },
  { name: 'one that has ended', entries: [entry('main', false)], want: 'target container main is not running' },
])('joinsOf: $name -> refused', ({ entries, want }) => {
  expect(() => joinsOf(aimed('main'), 'privileged', entries)).toThrow(want);
});

const reason = await whyNotPrivileged();
if (reason) process.stderr.write(`skipped: containers that join another: ${reason}\n`);
const { signal } = new AbortController();

describe.skipIf(reason)('a container aimed at another', () => {
  let node: NodeFixture;
  beforeEach(async () => {
    node = await nodeFixture();
  });
  afterEach(() => node.dispose());

  const printed = (record: ContainerRecord): Promise<string> => readFile(record.logPath, 'utf8').catch(() => '');
  const isOver = async (id: string): Promise<boolean> =>
    (await node.client.list(signal)).find((one) => one.id === id)?.state === 'exited';

  test.each([
    { mode: 'privileged', uid: undefined, cgroups: true },
    { mode: 'privileged', uid: undefined, cgroups: false },
    { mode: 'userns', uid: 12_345, cgroups: false },
  ] as const)('$mode, cgroups: $cgroups -> sees its processes, leaves it alone, and leaves nothing', async (given) => {
    const { mode, uid, cgroups } = given;
    await node.start({ mode, ...(!cgroups && { cgroupPath: undefined }) }, uid);
    const container = (name: string, script: string, targetContainer?: string) =>
      node.client.start(
        shellContainer(script, {
          name,
          logPath: join(node.dir, `${name}.log`),
          ...(targetContainer && { targetContainer }),
        }),
        signal,
      );
    const main = await container('main', 'exec sleep 10000');
    const look = 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; sleep 20000 & echo looked; exit 4';
    const debug = await container('debug', look, 'main');
    await until(() => isOver(debug.id));
    expect(await printed(debug)).toContain('sleep 10000');
    const after = (await node.client.list(signal)).map(({ name, state, exitCode }) => ({ name, state, exitCode }));
    expect(after).toEqual([
      { name: 'main', state: 'running', exitCode: undefined },
      { name: 'debug', state: 'exited', exitCode: 4 },
    ]);
    const again = await container('again', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; sleep 30000', 'main');
    await until(async () => (await printed(again)).includes('sleep 10000'));
    expect(await printed(again)).not.toContain('sleep 20000');
    // Who looks at processes goes with them.
    await node.client.stop(main.id, 0, signal);
    await until(async () => (await isOver(main.id)) && (await isOver(again.id)));
  });
});
