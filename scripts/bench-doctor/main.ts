// How fast is the doctor on a large cluster, and is it silent where all is well? Runs the built command as a user does,
// and prints a table and, as its last line, JSON. Nothing else should run on the machine.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { parseArgs, promisify } from 'node:util';
import { systemClock } from '../../src/base/system-clock.ts';
import { writeKubeconfig } from '../../src/localcluster/write-kubeconfig.ts';
import { benchFlags, createBench } from '../bench/bench.ts';
import { median } from '../bench/rows.ts';
import { prepareServer, removeServer, startServer } from '../bench-api/server-process.ts';
import { writeDump } from './dump-file.ts';
import { fillStore } from './fill.ts';
import { fullSize, healthyCluster } from './healthy-cluster.ts';
import type { Judgement } from './judge.ts';

const { values: flags } = parseArgs({ options: benchFlags });
const { runs, wants, note, add, surroundings, measure } = createBench(flags);
const root = join(import.meta.dirname, '../..');

async function rules(): Promise<void> {
  if (!wants('rules-10k-ms', 'healthy-findings')) return;
  const found: Judgement[] = [];
  for (let run = 0; run < runs; run++) {
    const script = join(import.meta.dirname, 'judge.ts');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...profile('rules'), '--expose-gc', '--import', 'tsx', script],
      {
        cwd: root,
      },
    );
    const one = JSON.parse(stdout) as Judgement;
    note(`  ${one.ms.toFixed(0)} ms, ${one.cpuMs.toFixed(0)} ms of processor time, ${surroundings()}`);
    found.push(one);
  }
  const [first] = found;
  note(
    `  ${first?.rules} rules; not run: ${first?.notRun.map(({ rule, reason }) => `${rule} (${reason})`).join(', ') || 'none'}`,
  );
  note(`  slowest: ${first?.slowest.map(({ rule, ms }) => `${rule} ${ms} ms`).join(', ')}`);
  for (const example of first?.examples ?? []) note(`  finding: ${example}`);
  const size = `${fullSize.claims} claims, ${fullSize.pods} pods, ${fullSize.nodes} nodes`;
  add('rules-10k-ms', {
    what: `all rules over ${size}`,
    value: median(found.map(({ ms }) => ms)),
    unit: 'ms',
    target: { atMost: 500 },
  });
  add('healthy-findings', {
    what: 'findings there, where all is well',
    value: Math.max(...found.map(({ findings }) => findings)),
    unit: '',
    target: { atMost: 0 },
  });
}

const profile = (name: string): string[] =>
  flags['cpu-prof']
    ? ['--cpu-prof', `--cpu-prof-dir=${flags['cpu-prof']}`, `--cpu-prof-name=doctor-${name}.cpuprofile`]
    : [];

interface DoctorRun {
  seconds: number;
  maxRssMib: number;
  cpuS: number;
  document: {
    findings: unknown[];
    rulesRun: string[];
    rulesNotRun: { rule: string; reason: string }[];
    notes: string[];
  };
}

/** One run of the built command, from its start to its end. */
async function doctor(name: string, args: string[]): Promise<DoctorRun> {
  const startedAt = performance.now();
  const probe = join(import.meta.dirname, 'probe.mjs');
  const command = [...profile(name), '--import', probe, join(root, 'dist/amarre.js'), 'doctor', ...args, '-o', 'json'];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const [out, err, usage] = await Promise.all([
    text(child.stdio[1] as NodeJS.ReadableStream),
    text(child.stdio[2] as NodeJS.ReadableStream),
    text(child.stdio[3] as NodeJS.ReadableStream),
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  if (out === '') throw new Error(`amarre doctor printed nothing: ${err}`);
  return {
    seconds,
    ...(JSON.parse(usage) as { maxRssMib: number; cpuS: number }),
    document: JSON.parse(out) as DoctorRun['document'],
  };
}

async function repeated(name: string, args: string[]): Promise<DoctorRun[]> {
  const found: DoctorRun[] = [];
  for (let run = 0; run < runs; run++) {
    const one = await doctor(name, args);
    note(
      `  ${one.seconds.toFixed(1)} s, ${one.cpuS.toFixed(1)} s of processor time, ${one.maxRssMib.toFixed(0)} MiB, ${one.document.findings.length} findings, ${one.document.rulesRun.length} rules run, ${surroundings()}`,
    );
    found.push(one);
  }
  for (const line of found[0]?.document.notes ?? []) note(`  note: ${line.slice(0, 200)}`);
  for (const { rule, reason } of found[0]?.document.rulesNotRun ?? [])
    note(`  not run: ${rule} (${reason.slice(0, 200)})`);
  return found;
}

function addTwo(
  id: string,
  found: readonly DoctorRun[],
  { what, atMostS, atMostMib }: { what: string; atMostS: number; atMostMib: number },
): void {
  add(`${id}-s`, { what, value: median(found.map(({ seconds }) => seconds)), unit: 's', target: { atMost: atMostS } });
  const value = Math.max(...found.map(({ maxRssMib }) => maxRssMib));
  add(`${id}-mib`, { what: 'memory at most meanwhile', value, unit: 'MiB', target: { atMost: atMostMib } });
}

async function live(): Promise<void> {
  if (!wants('live-10k-s', 'live-10k-mib')) return;
  const place = await prepareServer();
  try {
    await writeKubeconfig(place.folder, place.spec);
    note('storing the cluster');
    await fillStore(place.folder, healthyCluster(fullSize, { nowMs: systemClock.now() }));
    const server = await startServer(place);
    try {
      const found = await repeated('live', ['--kubeconfig', place.folder.kubeconfig, '-A']);
      addTwo('live-10k', found, { what: 'amarre doctor on it through an API server', atMostS: 5, atMostMib: 500 });
    } finally {
      await server.stop();
    }
  } finally {
    removeServer(place);
  }
}

async function dump(): Promise<void> {
  if (!wants('dump-500mb-s', 'dump-500mb-mib')) return;
  const folder = mkdtempSync(join(tmpdir(), 'amarre-bench-doctor-'));
  try {
    const path = join(folder, 'dump.json');
    const size = { cluster: { claims: 14_000, pods: 21_000, nodes: 700 }, bytes: 500e6 };
    const { bytes, objects } = writeDump(path, size, systemClock.now());
    note(`dump: ${(bytes / 1e6).toFixed(0)} MB, ${objects} objects`);
    const found = await repeated('dump', ['--from', path]);
    addTwo('dump-500mb', found, { what: 'amarre doctor on a dump of 500 MB', atMostS: 20, atMostMib: 1024 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await measure([rules, live, dump]);
