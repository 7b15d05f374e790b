// The program behind `npm run demo`: one cluster in a folder of its own, the main job, and its table.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { freePort } from '../base/free-port.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom } from '../base/system-random.ts';
import { cliCluster } from './cli-cluster.ts';
import type { Cluster } from './cluster.ts';
import { runDemo } from './demo.ts';
import { parseManifests } from './manifests.ts';
import { terminalProgress } from './progress.ts';
import { type DemoReport, renderReport } from './report.ts';

export interface DemoPaths {
  /** The built `amarre.js`. */
  program: string;
  /** `examples/postgres.yaml`. */
  manifests: string;
  /** Folder of the installed PostgreSQL versions: `<version>/bin/postgres`. */
  postgres: string;
}

export interface DemoTerminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** Is somebody watching standard error? */
  isInteractive: boolean;
}

interface DemoFlags {
  json?: boolean;
  keep?: boolean;
  workDir?: string;
  port?: number;
}

const historyName = 'writes.jsonl';
const stopTimeoutMs = 60_000;

/**
 * Runs the demo for the arguments of a command line (without `node` and the script). Gives the exit code:
 * 0 only if no promise was broken. Rejects when `signal` aborts, after it has cleaned up.
 */
export async function demoMain(
  args: string[],
  { paths, terminal, signal }: { paths: DemoPaths; terminal: DemoTerminal; signal: AbortSignal },
): Promise<number> {
  const flags = parseFlags(args);
  await assertPostgres(paths.postgres);
  if (flags.workDir) await mkdir(flags.workDir, { recursive: true });
  const workDir = flags.workDir ? resolve(flags.workDir) : await mkdtemp('/var/tmp/amarre-demo-');
  const cluster = cliCluster({
    program: paths.program,
    dataDir: join(workDir, 'cluster'),
    nodes: 3,
    port: flags.port ?? (await freePort()),
    clock: systemClock,
  });
  let report: DemoReport | undefined;
  try {
    report = await runDemo(
      {
        cluster,
        clock: systemClock,
        random: systemRandom,
        progress: terminalProgress({ write: terminal.err, isTerminal: terminal.isInteractive }),
        manifests: parseManifests(await readFile(paths.manifests, 'utf8')),
        historyFile: join(workDir, historyName),
      },
      signal,
    );
  } finally {
    if (!flags.keep || !report)
      await cleanUp({ cluster, workDir, isOwnFolder: !flags.workDir, keepEvidence: report?.ok === false });
  }
  terminal.out(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report));
  if (flags.keep) terminal.err(reachText(cluster, paths.program));
  else if (!report.ok) terminal.err(`The logs and the writer's record are in ${workDir}\n`);
  return report.ok ? 0 : 1;
}

/** The example needs the server's programs; without them its pod would only fail again and again. */
async function assertPostgres(root: string): Promise<void> {
  const versions = await readdir(root).catch(() => []);
  if (versions.some((version) => existsSync(join(root, version, 'bin/postgres')))) return;
  throw new Error(
    `Cannot run the demo: PostgreSQL is missing, there is no ${root}/*/bin/postgres. Install it: apt-get install postgresql`,
  );
}

function parseFlags(args: string[]): DemoFlags {
  return new Command('demo')
    .description('Run the main job on a local cluster and print what was measured')
    .option('--json', 'print one JSON document and nothing else')
    .option('--keep', 'leave the cluster running')
    .option('--work-dir <dir>', 'folder for the cluster and the writer’s record (default: a new one below /var/tmp)')
    .option('--port <port>', 'port of the API server (default: a free one)', Number)
    .parse(args, { from: 'user' })
    .opts<DemoFlags>();
}

/** Stops the cluster also when the demo was interrupted: its mounts and devices belong to the machine. */
async function cleanUp({
  cluster,
  workDir,
  isOwnFolder,
  keepEvidence,
}: {
  cluster: Cluster;
  workDir: string;
  isOwnFolder: boolean;
  keepEvidence: boolean;
}): Promise<void> {
  const logs = join(cluster.dataDir, 'log');
  if (keepEvidence && existsSync(logs)) await cp(logs, join(workDir, 'log'), { recursive: true });
  if (existsSync(cluster.dataDir)) {
    await systemClock.withTimeout(
      { what: 'the cluster to stop', timeoutMs: stopTimeoutMs, signal: new AbortController().signal },
      (bounded) => cluster.stop({ purge: true }, bounded),
    );
  }
  if (keepEvidence) return;
  await rm(join(workDir, historyName), { force: true });
  // A folder that the user named may hold more than ours.
  if (isOwnFolder) await rm(workDir, { recursive: true, force: true });
}

function reachText(cluster: Cluster, program: string): string {
  return [
    '',
    'The cluster goes on running.',
    `  export KUBECONFIG=${cluster.kubeconfig}`,
    '  kubectl get nodes,pods,pvc,fenceproofs --all-namespaces',
    `  node ${program} status --data-dir ${cluster.dataDir}`,
    `  node ${program} down --purge --data-dir ${cluster.dataDir}`,
    '',
  ].join('\n');
}
