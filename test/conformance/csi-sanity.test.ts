// Does the local driver pass csi-sanity, the CSI project's own conformance suite, as its real clients see it?

import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, report, startFixture, whyNoBlockMode } from '../../src/csi/drivers/local/driver.fixture.ts';

const run = promisify(execFile);
const version = 'v5.5.0';
const suite = `github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity@${version}`;
const cacheDir = path.resolve(import.meta.dirname, '../../node_modules/.cache', `csi-sanity-${version}`);

const sanity = await findSanity();
if ('why' in sanity) report(`csi-sanity is not run here: ${sanity.why}`);
const whyNoBlock = await whyNoBlockMode();
if (whyNoBlock) report(`csi-sanity is not run in block mode here: ${whyNoBlock}`);

// Skipped are: 6 group snapshots, 8 volume modification, 1 attach limit, 1 read-only attach; in directory mode also
// staging (5), expansion (7) and single writers (1), which need devices.
const cases = [
  { name: 'file systems on loop devices', mode: 'block', accessType: 'mount', passed: 79, skipped: 16 },
  { name: 'raw loop devices', mode: 'block', accessType: 'block', passed: 79, skipped: 16 },
  { name: 'folders', mode: 'directory', accessType: 'mount', passed: 66, skipped: 29 },
] as const;

describe.skipIf('why' in sanity)(`csi-sanity ${version}`, () => {
  for (const { name, mode, accessType, passed, skipped } of cases) {
    describe.skipIf(mode === 'block' && whyNoBlock)(name, () => {
      let fixture: Fixture;
      beforeAll(async () => {
        fixture = await startFixture({ mode, poolBytes: 12 * 2 ** 30 });
      });
      afterAll(() => fixture.close());

      test(`${passed} pass, ${skipped} are skipped`, { timeout: 60_000 }, async () => {
        const output = await runSanity(fixture.folder, accessType);
        expect(output).toContain(`${passed} Passed | 0 Failed | 1 Pending | ${skipped} Skipped`);
      });
    });
  }
});

async function runSanity(folder: string, accessType: string): Promise<string> {
  if ('why' in sanity) return sanity.why;
  const options = [
    `-csi.endpoint=${folder}/run/node-1.sock`,
    `-csi.controllerendpoint=${folder}/run/controller.sock`,
    `-csi.mountdir=${folder}/sanity-mount`,
    `-csi.stagingdir=${folder}/sanity-staging`,
    `-csi.testvolumesize=${320 * 2 ** 20}`,
    `-csi.testvolumeexpandsize=${400 * 2 ** 20}`,
    `-csi.testvolumeaccesstype=${accessType}`,
    '-ginkgo.no-color',
  ];
  try {
    return (await run(sanity.command, options, { maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    // It exits with 1 when a test failed; what it printed says which.
    return (error as { stdout?: string }).stdout ?? String(error);
  }
}

async function findSanity(): Promise<{ command: string } | { why: string }> {
  const cached = path.join(cacheDir, 'csi-sanity');
  for (const command of ['csi-sanity', cached]) {
    if (await isRunnable(command)) return { command };
  }
  try {
    await mkdir(cacheDir, { recursive: true });
    await run('go', ['install', suite], { env: { ...process.env, GOBIN: cacheDir }, timeout: 240_000 });
    await access(cached);
    return { command: cached };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      why: isMissing
        ? 'neither csi-sanity nor go is installed'
        : `go install ${suite} failed: ${(error as Error).message}`,
    };
  }
}

async function isRunnable(command: string): Promise<boolean> {
  try {
    await run(command, ['-version']);
    return true;
  } catch {
    return false;
  }
}
