// What do the steps of the demo share?

import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import type { Pod } from '../apis/core/generated/v1.ts';
import { pods } from '../apis/resources.ts';
import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/types.ts';
import type { Cluster } from './cluster.ts';
import { connectDatabase, type Endpoint, NotDurableError } from './connection.ts';
import type { Progress } from './progress.ts';
import type { Measurements } from './promises.ts';
import { readAllSql, type StoredRow } from './rows.ts';
import { findEndpoint } from './service-endpoint.ts';
import type { RecordedHistory } from './write-history.ts';
import type { Writer } from './writer.ts';

export interface DemoContext {
  cluster: Cluster;
  client: Client;
  clock: Clock;
  random: Random;
  progress: Progress;
  history: RecordedHistory;
  writer: Writer;
  /** The manifests of examples/postgres.yaml. */
  manifests: Draft<KubeObject>[];
  password: string;
  assertDurable: boolean;
  /** Nodes that something is being done to, and that others must leave alone. */
  busyNodes: Set<string>;
  /** How often a backup may be tried. */
  backupAttempts: number;
  measurements: Measurements;
  facts: DemoFacts;
}

/** What a step leaves for a later one. */
export interface DemoFacts {
  volumes: 'block' | 'directory';
  notes: string[];
  network: string;
  /** Wall-clock bounds of the hooks of the backup. */
  recovery: { preHookStartMs: number; postHookEndMs: number } | undefined;
  /** Name of the backup that completed. */
  backupName: string | undefined;
  /** Acknowledgements of old writers after their cut. */
  lateAcknowledgements: number;
}

/** What a step measured, for the report. */
export type StepDetails = Record<string, unknown>;

export interface Step {
  id: string;
  title: string;
  timeoutMs: number;
  run(context: DemoContext, signal: AbortSignal): Promise<StepDetails>;
}

export const namespace = 'amarre-demo';
export const restoredNamespace = 'amarre-demo-restored';
export const application = 'postgres';
export const podName = 'postgres-0';
export const claimName = 'data-postgres-0';

/** A server that has gone silent is not waited for any longer. */
const readTimeoutMs = 10_000;

/** Polls this often for what gives no notice. */
export const pollMs = 25;

/** Waits until `check` gives something. */
export async function until<T>(
  check: (signal: AbortSignal) => Promise<T | undefined>,
  { clock }: Pick<DemoContext, 'clock'>,
  signal: AbortSignal,
): Promise<T> {
  let found: T | undefined;
  await pollUntil(async (bounded) => (found = await check(bounded)) !== undefined, {
    clock,
    signal,
    intervalMs: pollMs,
  });
  return found as T;
}

/** The application's pod as the API has it now. */
export function currentPod(
  { client }: Pick<DemoContext, 'client'>,
  signal: AbortSignal,
  inNamespace = namespace,
): Promise<Pod> {
  return client.get(pods, { namespace: inNamespace, name: podName }, signal);
}

/** Where the application takes connections in a namespace; waits until it has an address. */
export function endpointIn(
  context: Pick<DemoContext, 'client' | 'clock'>,
  inNamespace: string,
  signal: AbortSignal,
): Promise<Endpoint> {
  return until(
    (bounded) => findEndpoint(context.client, { namespace: inNamespace, name: application }, bounded),
    context,
    signal,
  );
}

/**
 * Every row of the application's database in a namespace, as soon as it gives them: for a moment it may have no address, take
 * no connections, or be too busy. Rejects with NotDurableError, or with what PostgreSQL says against the read.
 */
export function readRows(context: DemoContext, inNamespace: string, signal: AbortSignal): Promise<StoredRow[]> {
  return until(
    async (bounded) => {
      const endpoint = await endpointIn(context, inNamespace, bounded);
      try {
        return await rowsAt(context, endpoint, bounded);
      } catch (error) {
        bounded.throwIfAborted();
        if (error instanceof NotDurableError || isRefusal(error)) throw error;
        return undefined;
      }
    },
    context,
    signal,
  );
}

/** Does PostgreSQL say so? 57P03: it is still starting. No code at all of its own: nobody listens yet, or nobody answers. */
function isRefusal(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code) && code !== '57P03';
}

async function rowsAt(
  { password, assertDurable, clock }: DemoContext,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<StoredRow[]> {
  const connection = await connectDatabase({ endpoint, password, clock, assertDurable });
  try {
    const bounds = { what: 'the read of all rows', timeoutMs: readTimeoutMs, signal };
    const rows = await clock.withTimeout(bounds, (bounded) => {
      bounded.addEventListener('abort', () => connection.destroy(), { once: true });
      return connection.query<{ sequence: string; token: string; payload: string }>('read-all', readAllSql);
    });
    return rows.map(({ sequence, token, payload }) => ({ sequence: Number(sequence), token, payload }));
  } finally {
    connection.destroy();
  }
}

/** Runs a shell command in the application's container. Rejects if it fails. */
export async function inContainer(
  { client }: Pick<DemoContext, 'client'>,
  script: string,
  signal: AbortSignal,
): Promise<string> {
  const { exitCode, stdout, stderr } = await client.exec(
    { namespace, podName, container: application, command: ['/bin/sh', '-c', script] },
    signal,
  );
  if (exitCode !== 0) throw new Error(`A command in pod ${podName} ended with code ${exitCode}: ${stderr.trim()}`);
  return stdout;
}
