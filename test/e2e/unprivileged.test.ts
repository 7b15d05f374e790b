// Does the main job hold without root? The demo as a user who may nothing: nothing is lost, and what is weaker is said.

import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DemoReport } from '../../src/demo/report.ts';
import { promiseOf } from './demo-run.ts';

// Nobody's, on every distribution; no entry in passwd is needed.
const uid = 65_534;
const asUser = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--'];
const demoProgram = join(import.meta.dirname, '../../dist/demo.js');

interface Ended {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs a command as the unprivileged user, whose home `home` is. */
function run(argv: string[], home: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 2 ** 24, cwd: home, env: { PATH: process.env['PATH'], HOME: home } };
    execFile('setpriv', [...asUser, ...argv], options, (error, stdout, stderr) => {
      const exitCode = error ? error.code : 0;
      if (typeof exitCode === 'number') resolve({ stdout, stderr, exitCode });
      else reject(error);
    });
  });
}

/** Why the demo cannot be run as another user here; undefined if it can. */
async function whyNot(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'this is not root, which alone can become another user';
  const { exitCode, stderr } = await run([process.execPath, '-e', `require('fs').accessSync('${demoProgram}')`], '/');
  return exitCode === 0 ? undefined : `user ${uid} cannot run the program: ${stderr.trim().split('\n')[0]}`;
}

const reason = await whyNot();
if (reason) process.stderr.write(`skipped: demo without root: ${reason}\n`);

test.skipIf(reason)(
  'the demo as a user without rights -> nothing lost, exit code 0, and each weaker promise is named',
  async () => {
    const home = await mkdtemp('/var/tmp/amarre-nobody-');
    await chown(home, uid, uid);
    try {
      const { stdout, stderr, exitCode } = await run([process.execPath, demoProgram, '--json'], home);
      if (exitCode !== 0) process.stderr.write(`${stderr}\n${stdout}\n`);
      const report = JSON.parse(stdout) as DemoReport;
      expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(report.machine).toMatchObject({ volumes: 'directory' });
      expect(report.machine.notes.join('\n')).toContain('this is not root');
      expect(report.promises.filter(({ bound, held }) => bound === 0 && held === false)).toEqual([]);
      // Processes are killed, but no device is cut, so a crash that loses the page cache can't be shown.
      expect(promiseOf(report, 'rows-lost-node-crash')).toMatchObject({ measured: null, held: 'not-offered' });
      expect(report.steps.find(({ id }) => id === 'node-crash')?.['weaker']).toContain('no device to cut');
      expect(promiseOf(report, 'double-writes')).toMatchObject({ held: 'not-offered' });
      expect(promiseOf(report, 'rows-lost-agent-frozen')).toMatchObject({ measured: 0, held: true });
      // How fast it went depends on the machine; whether the exit code says what the report says does not.
      expect(report.ok).toBe(report.promises.every(({ held }) => held !== false));
      expect(exitCode).toBe(report.ok ? 0 : 1);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
  300_000,
);
