// How does a test file get a cluster that runs for all of its tests? Started once, asked through its API, taken down at the end.

import { mkdtemp } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import type { KubeObject, Resource } from '../../src/apimachinery/meta.ts';
import { coreEvents, namespaces, serviceAccounts, storageClasses } from '../../src/apis/resources.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import type { Client } from '../../src/client/types.ts';
import type { Cluster } from '../../src/demo/cluster.ts';
import { clusterIn, removeCluster, within } from './demo-run.ts';

const untilMs = 60_000;
/** A class of the local driver whose volumes are made at once, and can grow. */
export const immediateClass = 'immediate';

export interface RunningCluster {
  cluster: Cluster;
  client: Client;
  signal: AbortSignal;
  /** Waits until the object of that name is as `isSo` says, and gives it. */
  until<T extends KubeObject>(resource: Resource<T>, at: At, isSo: (object: T) => boolean): Promise<T>;
  /** Waits for an event about the object of that name, and gives its message. */
  eventOf(at: At & { namespace: string }, reason: string): Promise<string>;
}

interface At {
  namespace?: string;
  name: string;
}

/**
 * A cluster, of one node unless told otherwise, for the tests of the calling file, with the namespaces named. Its members
 * are there once the tests run.
 */
export function runningCluster(options: { namespaces: string[]; nodes?: number; upOptions: string[] }): RunningCluster {
  const signal = new AbortController().signal;
  const running = { signal, until, eventOf } as RunningCluster;
  let workDir: string;

  beforeAll(async () => {
    workDir = await mkdtemp('/var/tmp/amarre-e2e-');
    running.cluster = await clusterIn(workDir, { nodes: options.nodes ?? 1, upOptions: options.upOptions });
    await within(untilMs, (starting) => running.cluster.start(starting));
    running.client = await running.cluster.connect();
    const local = { provisioner: 'local.csi.amarre.io', volumeBindingMode: 'Immediate', allowVolumeExpansion: true };
    await running.client.create(storageClasses, { metadata: { name: immediateClass }, ...local }, signal);
    for (const name of options.namespaces) await running.client.create(namespaces, { metadata: { name } }, signal);
    // Without it no pod is admitted; a controller makes it.
    await poll('the service account of each namespace', async (bounded) => {
      const { items } = await running.client.list(serviceAccounts, {}, bounded);
      return options.namespaces.every((name) => items.some(({ metadata }) => metadata.namespace === name));
    });
  }, 90_000);
  afterAll(async () => {
    running.client?.close();
    await removeCluster(running.cluster, workDir);
  }, 90_000);
  return running;

  async function until<T extends KubeObject>(resource: Resource<T>, at: At, isSo: (object: T) => boolean): Promise<T> {
    let found: T | undefined;
    const what = `${resource.kind} ${at.name} to be as wanted`;
    await poll(what, async (bounded) => isSo((found = await running.client.get(resource, at, bounded))));
    return found as T;
  }

  async function eventOf({ namespace, name }: At & { namespace: string }, reason: string): Promise<string> {
    let message = '';
    await poll(`event ${reason} about ${name}`, async (bounded) => {
      const { items } = await running.client.list(coreEvents, { namespace }, bounded);
      message = items.find((event) => event.involvedObject.name === name && event.reason === reason)?.message ?? '';
      return message !== '';
    });
    return message;
  }
}

/** Asks again and again, for a minute at most. */
export function poll(what: string, check: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
  return within(untilMs, (signal) => pollUntil(check, { clock, signal, intervalMs: 50 }), what);
}
