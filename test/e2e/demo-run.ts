// How do tests run the demo, and variations of it? On a cluster of its own, which is gone afterwards whatever happened.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Draft, KubeObject } from '../../src/apimachinery/meta.ts';
import { freePort } from '../../src/base/free-port.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { systemRandom } from '../../src/base/system-random.ts';
import { type CliClusterOptions, cliCluster } from '../../src/demo/cli-cluster.ts';
import type { Cluster } from '../../src/demo/cluster.ts';
import { type DemoOptions, runDemo } from '../../src/demo/demo.ts';
import { parseManifests } from '../../src/demo/manifests.ts';
import { terminalProgress } from '../../src/demo/progress.ts';
import type { PromiseId, PromiseResult } from '../../src/demo/promises.ts';
import type { DemoReport } from '../../src/demo/report.ts';

const repository = join(import.meta.dirname, '../..');
export const program = join(repository, 'dist/amarre.js');
const shownLines = 40;

export interface Variation extends Partial<Pick<DemoOptions, 'assertDurable' | 'kills' | 'skip'>> {
  /** Environment of the cluster's processes. */
  env?: Record<string, string>;
  /** Changes the manifests of examples/postgres.yaml in place. */
  change?: (manifests: Draft<KubeObject>[]) => void;
}

/** Runs the demo once and gives its report; prints it when a promise was broken that the test wants kept. */
export async function runVariation({ env, change, ...options }: Variation): Promise<DemoReport> {
  const manifests = await postgresManifests();
  change?.(manifests);
  return withCluster({ env: env ?? {} }, async (cluster, workDir) => {
    const report = await runDemo(
      {
        cluster,
        clock: systemClock,
        random: systemRandom,
        progress: terminalProgress({
          write: (text) => void process.stderr.write(text),
          isTerminal: process.stderr.isTTY,
        }),
        manifests,
        historyFile: join(workDir, 'writes.jsonl'),
        ...options,
      },
      new AbortController().signal,
    );
    if (report.steps.some(({ error }) => error !== undefined)) await showLogs(cluster.dataDir);
    return report;
  });
}

/** What the processes of a cluster said last: it goes with the cluster. */
async function showLogs(dataDir: string): Promise<void> {
  for (const path of await readdir(dataDir, { recursive: true })) {
    if (!path.endsWith('.log')) continue;
    const lines = (await readFile(join(dataDir, path), 'utf8')).trimEnd().split('\n');
    process.stderr.write(`--- the end of ${path}\n${lines.slice(-shownLines).join('\n')}\n`);
  }
}

export async function postgresManifests(): Promise<Draft<KubeObject>[]> {
  return parseManifests(await readFile(join(repository, 'examples/postgres.yaml'), 'utf8'));
}

type ClusterOptions = Partial<Pick<CliClusterOptions, 'env' | 'nodes' | 'upOptions'>>;

/** Gives `task` a cluster that is not started, and takes it down in the end. */
export async function withCluster<T>(
  options: ClusterOptions,
  task: (cluster: Cluster, workDir: string) => Promise<T>,
): Promise<T> {
  const workDir = await mkdtemp('/var/tmp/amarre-e2e-');
  const cluster = await clusterIn(workDir, options);
  try {
    return await task(cluster, workDir);
  } finally {
    await removeCluster(cluster, workDir);
  }
}

/** A cluster below `workDir` that is not started. */
export async function clusterIn(workDir: string, options: ClusterOptions): Promise<Cluster> {
  return cliCluster({
    program,
    dataDir: join(workDir, 'cluster'),
    nodes: 3,
    port: await freePort(),
    clock: systemClock,
    ...options,
  });
}

/** Stops the cluster and deletes its folder. */
export async function removeCluster(cluster: Cluster, workDir: string): Promise<void> {
  await within(60_000, (signal) => cluster.stop({ purge: true }, signal)).catch((error: unknown) => {
    // Nothing to stop if it never started.
    process.stderr.write(`${(error as Error).message}\n`);
  });
  await rm(workDir, { recursive: true, force: true });
}

/** Runs `task` with a signal that aborts after `timeoutMs`; `what` is then named as what did not come. */
export function within<T>(
  timeoutMs: number,
  task: (signal: AbortSignal) => Promise<T>,
  what = 'a part of the test',
): Promise<T> {
  return systemClock.withTimeout({ what, timeoutMs, signal: new AbortController().signal }, task);
}

/** The verdict on one promise. */
export function promiseOf(report: DemoReport, id: PromiseId): PromiseResult {
  const found = report.promises.find((each) => each.id === id);
  if (!found) throw new RangeError(`The report has no promise ${id}`);
  return found;
}
