// How does a test see what the doctor says of a fault that is really there? A cluster, the command, and what it prints.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Resource } from '../../src/apimachinery/meta.ts';
import { rfc3339 } from '../../src/base/clock.ts';
import { kindRows } from '../../src/doctor/snapshot/kinds.ts';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { poll, type RunningCluster, runningCluster } from './running-cluster.ts';

export interface Report {
  findings: Found[];
  rulesNotRun: { rule: string; reason: string }[];
}

export interface Found {
  rule: string;
  subject: { kind: string; namespace?: string; name: string };
  sentence: string;
  actions: { title: string; verdict: string; commands: string[] }[];
  symptoms?: Found[];
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** One fault of a rule. */
export interface Reproduction {
  /** `P01 PersistentVolumeClaim shop/misspelt`; asked for once the fault is there, where the name is not known before. */
  finds: string | (() => Promise<string>);
  cause: () => Promise<void>;
  /** What the finding says to do. */
  mend: (found: Found) => Promise<void>;
}

/** What was found, symptoms included, by `rule Kind namespace/name`. */
export type Findings = Map<string, Found>;

export interface DoctorRun {
  running: RunningCluster;
  kubectl: Kubectl;
  /** A folder with kubectl and its plugin. */
  tools: string;
  /** Runs the built command; codes other than 0 are answers too. */
  amarre(args: string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** What the doctor finds now. Nothing is given time to pass by itself. */
  examined(): Promise<Findings>;
  /** What it finds in a dump of the cluster, judged as of a later moment. */
  examinedAt(atMs: number): Promise<Findings>;
  apply(...objects: object[]): Promise<void>;
  /** Runs kubectl, which must succeed, and gives what it prints. */
  run(...args: string[]): Promise<string>;
  /** Pastes the commands that the finding prints for the action with that title, or the start of it, into a shell. */
  paste(found: Found, title: string, env?: NodeJS.ProcessEnv): Promise<string>;
  /** Causes all, sees each found, mends all, sees each gone. `meanwhile` runs while they are there. */
  reproduce(reproductions: readonly Reproduction[], options?: ReproduceOptions): Promise<void>;
}

export interface ReproduceOptions {
  look?: () => Promise<Findings>;
  meanwhile?: () => Promise<void>;
}

interface RunOptions {
  namespaces: string[];
  nodes?: number;
  upOptions?: string[];
}

/** A cluster for the tests of the calling file. */
export function doctorRun({ namespaces, nodes = 1, upOptions = [] }: RunOptions): DoctorRun {
  const running = runningCluster({ namespaces, nodes, upOptions });
  const world = { running, amarre, examined, examinedAt, apply, run, paste, reproduce } as DoctorRun;

  beforeAll(async () => {
    world.kubectl = await kubectlWith(running.cluster.kubeconfig);
    const tools = await mkdtemp(join(tmpdir(), 'tools-'));
    await symlink(world.kubectl.command.path, join(tools, 'kubectl'));
    await symlink(program, join(tools, 'kubectl-amarre'));
    world.tools = tools;
    // A moment after its start, a cluster lacks what its controllers make.
    for (const name of namespaces)
      await run('wait', '--for=create', 'serviceaccount/default', '-n', name, '--timeout=15s');
  });
  afterAll(async () => {
    await world.kubectl?.dispose();
    await rm(world.tools, { recursive: true, force: true });
  });
  return world;

  function amarre(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return execute(process.execPath, [program, ...args], { KUBECONFIG: running.cluster.kubeconfig, ...env });
  }

  async function examined(): Promise<Findings> {
    return findingsIn(await amarre(['doctor', '-A', '--grace', '0.001', '-o', 'json']));
  }

  async function examinedAt(atMs: number): Promise<Findings> {
    const folder = await mkdtemp(join(tmpdir(), 'dump-'));
    try {
      await eachOf(dumpedKinds, (resource) => dump(resource, folder));
      const at = ['--from', folder, '--at', rfc3339(atMs)];
      return findingsIn(await amarre(['doctor', '-A', '--grace', '0.001', ...at, '-o', 'json']));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** As `kubectl get --raw` prints the list. */
  async function dump(resource: Resource, folder: string): Promise<void> {
    const { group, version, kind, plural } = resource;
    const { items } = await running.client.list(resource, {}, running.signal);
    const list = { apiVersion: group ? `${group}/${version}` : version, kind: `${kind}List`, items };
    await writeFile(join(folder, `${plural}.json`), JSON.stringify(list));
  }

  async function apply(...objects: object[]): Promise<void> {
    const input = objects.map((each) => JSON.stringify(each)).join('\n---\n');
    const { code, stderr } = await world.kubectl(['apply', '-f', '-'], { input });
    if (code !== 0) throw new Error(`kubectl failed: ${stderr}`);
  }

  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await world.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  }

  async function paste({ rule, actions }: Found, title: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const action = actions.find((each) => each.title.startsWith(title));
    if (!action || action.commands.length === 0)
      throw new Error(`${rule} prints no command for "${title}", only for: ${actions.map((each) => each.title)}`);
    const PATH = [world.tools, join(process.execPath, '..'), process.env['PATH']].join(delimiter);
    const shell = { ...world.kubectl.command.env, ...env, PATH };
    const { code, stdout, stderr } = await execute('sh', ['-ec', action.commands.join('\n')], shell);
    if (code !== 0) throw new Error(`${action.commands.join('\n')}: ${stderr}`);
    return stdout;
  }

  async function reproduce(
    reproductions: readonly Reproduction[],
    { look = examined, meanwhile = async () => {} }: ReproduceOptions = {},
  ): Promise<void> {
    await eachOf(reproductions, ({ cause }) => cause());
    const known = await Promise.all(
      reproductions.map(async ({ finds }) => (typeof finds === 'string' ? finds : finds())),
    );
    let found: Findings = new Map();
    await poll('every fault to be found', async () => {
      found = await look();
      return known.every((key) => found.has(key));
    }).catch((error: Error) => {
      if (error.name === 'TimeoutError') expect([...found.keys()].toSorted()).toEqual(expect.arrayContaining(known));
      throw error;
    });
    await meanwhile();
    const seen = found;
    await eachOf(reproductions, ({ mend }, index) => mend(seen.get(known[index] ?? '') as Found));
    await poll('every fault to be gone', async () => {
      found = await look();
      return known.every((key) => !found.has(key));
    }).catch((error: Error) => {
      if (error.name === 'TimeoutError') expect([...found.keys()].filter((key) => known.includes(key))).toEqual([]);
      throw error;
    });
  }
}

/** All that a dump can hold. */
const dumpedKinds = Object.values(kindRows)
  .filter(({ reads }) => reads === 'objects')
  .map(({ resource }) => resource);

const atOnce = 4;

/** Some at a time: each waits for processes of its own. */
async function eachOf<T>(items: readonly T[], task: (item: T, index: number) => Promise<void>): Promise<void> {
  const left = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) await task(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function findingsIn({ stdout, stderr }: Ran): Findings {
  expect(stderr).toBe('');
  const all = (JSON.parse(stdout) as Report).findings.flatMap(withSymptoms);
  return new Map(all.map((each) => [keyOf(each), each]));
}

function withSymptoms(found: Found): Found[] {
  return [found, ...(found.symptoms ?? []).flatMap(withSymptoms)];
}

function keyOf({ rule, subject: { kind, namespace, name } }: Found): string {
  return `${rule} ${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function execute(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1e8 };
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}
