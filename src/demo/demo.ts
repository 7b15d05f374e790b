// How does the main job go, from an empty folder to the table? Step after step, with a writer beside them.

import { cpus, release, totalmem } from 'node:os';
import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import type { Clock } from '../base/clock.ts';
import { type Random, randomBelow } from '../base/random.ts';
import type { Client } from '../client/types.ts';
import type { Cluster } from './cluster.ts';
import { application, type DemoContext, namespace, type Step, type StepDetails } from './context.ts';
import { expendable, type Kill, killOne } from './kills.ts';
import { patientClient } from './patient-client.ts';
import type { Progress } from './progress.ts';
import { judge, type Measurements } from './promises.ts';
import { type DemoReport, reportOf, type StepResult } from './report.ts';
import { findEndpoint } from './service-endpoint.ts';
import { applyStep, claimsStep, writeStep } from './steps/apply.ts';
import { backupStep } from './steps/backup.ts';
import { controlPlaneKillsStep } from './steps/control-plane-kills.ts';
import { doubleWritesStep } from './steps/double-writes.ts';
import { agentFrozenStep, nodeCrashStep } from './steps/failover.ts';
import { growStep } from './steps/grow.ts';
import { namespaceLossStep } from './steps/restore.ts';
import { RecordedHistory } from './write-history.ts';
import { Writer } from './writer.ts';

export interface DemoOptions {
  cluster: Cluster;
  clock: Clock;
  random: Random;
  progress: Progress;
  /** The manifests to apply, those of examples/postgres.yaml or a test's variation. */
  manifests: Draft<KubeObject>[];
  /** File for the log of every send and acknowledgement; outside the cluster's volumes. */
  historyFile: string;
  /** Stop if PostgreSQL does not run with fsync; only a negative control says no. */
  assertDurable?: boolean;
  /** Kills a process of the cluster by chance, again and again, from the first row to the restore. */
  kills?: { everyMs: number };
  /** Steps to leave out, by id, for tests of a single one. */
  skip?: readonly string[];
}

const startTimeoutMs = 120_000;
const writerConnections = 8;
const writerRowsPerSecond = 320;

const quietSteps: Step[] = [applyStep, claimsStep];
const busySteps: Step[] = [writeStep, controlPlaneKillsStep, growStep, backupStep, nodeCrashStep, agentFrozenStep];

interface Beside {
  background: (context: DemoContext, signal: AbortSignal) => Promise<void>;
  task: (signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

/** Runs every step on a cluster that it starts. Whoever calls it stops the cluster. Rejects only if aborted. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<DemoReport> {
  const run = new DemoRun(options);
  await run.steps(signal);
  return run.report();
}

class DemoRun {
  readonly #options: DemoOptions;
  readonly #results: StepResult[] = [];
  readonly #measurements: Measurements = {};
  readonly #kills: Kill[] = [];
  #context: DemoContext | undefined;
  #failed = false;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  async steps(signal: AbortSignal): Promise<void> {
    const { historyFile } = this.#options;
    const history = new RecordedHistory(historyFile);
    let client: Client | undefined;
    try {
      await this.#step(
        { id: 'cold-start', title: 'Starting a cluster', timeoutMs: startTimeoutMs },
        signal,
        async (bounded) => {
          client = await this.#start(history, bounded);
          return {};
        },
      );
      await this.#contextSteps(quietSteps, signal);
      await this.#besideKills(signal, async (killed) => {
        await this.#besideWriter(killed, (watched) => this.#contextSteps(busySteps, watched));
        await this.#contextStep(namespaceLossStep, killed);
      });
      await this.#contextStep(doubleWritesStep, signal);
    } finally {
      client?.close();
      history.close();
    }
  }

  report(): DemoReport {
    const { facts } = this.#context ?? {};
    return reportOf({
      machine: {
        cpus: cpus().length,
        memoryBytes: totalmem(),
        kernel: release(),
        node: process.versions.node,
        volumes: facts?.volumes ?? 'unknown',
        network: facts?.network ?? 'unknown',
        notes: facts?.notes ?? [],
      },
      steps: this.#results,
      promises: judge(this.#measurements),
    });
  }

  async #start(history: RecordedHistory, signal: AbortSignal): Promise<Client> {
    const { cluster, clock, random, progress, manifests, assertDurable = true } = this.#options;
    const { coldStartMs, notes } = await cluster.start(signal);
    this.#measurements['cold-start-ms'] = coldStartMs;
    const { volumes, network } = await cluster.facts(signal);
    const client = patientClient(await cluster.connect(), clock);
    const password = passwordOf(manifests);
    this.#context = {
      cluster,
      client,
      clock,
      random,
      progress,
      history,
      manifests,
      password,
      assertDurable,
      writer: new Writer({
        clock,
        random,
        history,
        password,
        assertDurable,
        findEndpoint: (bounded) => findEndpoint(client, { namespace, name: application }, bounded),
        connections: writerConnections,
        rowsPerSecond: writerRowsPerSecond,
      }),
      busyNodes: new Set(),
      // A backup that lost its controller may fail, and is then taken again.
      backupAttempts: this.#options.kills ? 5 : 1,
      measurements: this.#measurements,
      facts: { volumes, network, notes, recovery: undefined, backupName: undefined, lateAcknowledgements: 0 },
    };
    return client;
  }

  #contextStep(step: Step, signal: AbortSignal): Promise<void> {
    if (this.#options.skip?.includes(step.id)) return Promise.resolve();
    return this.#step(step, signal, async (bounded) => {
      if (!this.#context) throw new Error('There is no cluster');
      return step.run(this.#context, bounded);
    });
  }

  async #contextSteps(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    for (const step of steps) await this.#contextStep(step, signal);
  }

  /** Runs one step unless an earlier one failed: later steps build on earlier ones. */
  async #step(
    { id, title, timeoutMs }: Pick<Step, 'id' | 'title' | 'timeoutMs'>,
    signal: AbortSignal,
    task: (signal: AbortSignal) => Promise<StepDetails>,
  ): Promise<void> {
    if (this.#failed) return;
    const { clock, progress } = this.#options;
    progress.begin(title);
    const began = clock.monotonic();
    let details: StepDetails;
    try {
      details = await clock.withTimeout({ what: `step ${id}`, timeoutMs, signal }, task);
    } catch (error) {
      signal.throwIfAborted();
      this.#failed = true;
      details = { error: (error as Error).message };
      progress.note(`failed: ${(error as Error).message}`);
    }
    const ms = clock.monotonic() - began;
    this.#results.push({ id, ms: Math.round(ms), ...rounded(details) });
    progress.end(ms);
  }

  /** Steps with something going on beside them, which is stopped after them. What fails there fails the run. */
  async #beside(id: string, { background, task, signal }: Beside): Promise<void> {
    const context = this.#context;
    if (!context || this.#failed) return;
    const stop = new AbortController();
    const bounded = AbortSignal.any([signal, stop.signal]);
    // It ends the step that is under way with its own words.
    const troubled = background(context, bounded).catch((error: unknown) => stop.abort(error));
    try {
      await task(bounded);
    } catch (error) {
      signal.throwIfAborted();
      this.#failed = true;
      this.#results.push({ id, ms: 0, error: (error as Error).message });
    } finally {
      stop.abort();
      await troubled;
    }
  }

  async #besideWriter(signal: AbortSignal, task: Beside['task']): Promise<void> {
    await this.#beside('writer', { background: (context, bounded) => context.writer.run(bounded), task, signal });
    const write = this.#results.find(({ id }) => id === 'write');
    if (write && this.#context) write['rows'] = this.#context.history.acknowledgements.length;
  }

  async #besideKills(signal: AbortSignal, task: Beside['task']): Promise<void> {
    await this.#beside('random-kills', {
      background: (context, bounded) => this.#killAgainAndAgain(context, bounded),
      task,
      signal,
    });
    if (this.#kills.length > 0)
      this.#results.push({ id: 'random-kills', ms: 0, kills: this.#kills.length, killed: this.#kills });
  }

  async #killAgainAndAgain(context: DemoContext, signal: AbortSignal): Promise<void> {
    const everyMs = this.#options.kills?.everyMs;
    if (everyMs === undefined) return;
    while (!signal.aborted) {
      await context.clock.sleep(everyMs / 2 + randomBelow(context.random, everyMs), signal).catch(() => {});
      if (signal.aborted || context.history.acknowledgements.length === 0) continue;
      const kill = await killOne({ ...context, names: expendable }, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (kill) this.#kills.push(kill);
    }
  }
}

function passwordOf(manifests: readonly Draft<KubeObject>[]): string {
  const secret = manifests.find(({ kind }) => kind === 'Secret') as { stringData?: Record<string, string> } | undefined;
  return secret?.stringData?.['password'] ?? '';
}

/** Figures to a tenth: nobody reads more. */
function rounded(details: StepDetails): StepDetails {
  const entries = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 10) / 10 : value,
  ]);
  return Object.fromEntries(entries);
}
