// Is it told what a test leaves behind, and nothing where it leaves nothing?

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { differences, tracesOf } from './traces.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

const world: Record<string, unknown> = globalThis;

test.each<{ name: string; change: () => unknown; want: RegExp[] }>([
  { name: 'nothing -> nothing', change: () => undefined, want: [] },
  {
    name: 'an environment variable -> what it is',
    change: () => {
      process.env['AMARRE_TRACE'] = 'set';
      undo.push(() => delete process.env['AMARRE_TRACE']);
    },
    want: [/^the environment variable AMARRE_TRACE: undefined before, 'set' now$/],
  },
  {
    name: 'another working directory -> where it is',
    change: () => {
      const before = process.cwd();
      process.chdir('/');
      undo.push(() => process.chdir(before));
    },
    want: [/^the working directory: .* before, '\/' now$/],
  },
  {
    name: 'a listener of the process -> for what',
    change: () => {
      const listener = (): void => undefined;
      process.on('SIGUSR2', listener);
      undo.push(() => process.off('SIGUSR2', listener));
    },
    want: [/^listeners of the process for SIGUSR2: undefined before, 1 now$/],
  },
  {
    name: 'a global, and another timer -> both',
    change: () => {
      const before = world['setTimeout'];
      world['amarreTrace'] = 1;
      world['setTimeout'] = () => undefined;
      undo.push(() => {
        world['setTimeout'] = before;
        delete world['amarreTrace'];
      });
    },
    want: [/^the global amarreTrace: /, /^the value of the global setTimeout: /],
  },
  {
    name: 'fields of built-in objects -> which',
    change: () => {
      const { max } = Math;
      Math.max = () => 4;
      (Array.prototype as unknown as Record<string, unknown>)['amarreTrace'] = 1;
      undo.push(() => {
        Math.max = max;
        delete (Array.prototype as unknown as Record<string, unknown>)['amarreTrace'];
      });
    },
    want: [/^Array\.prototype\.amarreTrace: undefined before, 1 now$/, /^Math\.max: /],
  },
  {
    name: 'a server that listens -> one more',
    change: async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      undo.push(() => new Promise((resolve) => server.close(resolve)));
    },
    want: [/^resources of the kind TCPServerWrap: undefined before, 1 now$/],
  },
  {
    name: 'a child process -> one more',
    change: () => {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      undo.push(() => new Promise((resolve) => child.once('exit', resolve) && child.kill()));
    },
    want: [/^resources of the kind ProcessWrap: undefined before, 1 now$/],
  },
])('differences: $name', async ({ change, want }) => {
  const before = tracesOf();
  await change();
  expect(differences(before, tracesOf())).toEqual(want.map((each) => expect.stringMatching(each) as unknown));
});
