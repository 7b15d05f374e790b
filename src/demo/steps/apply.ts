// Steps 0 to 2: a cluster, a PostgreSQL on a claim, and rows.

import { namespaces, pods } from '../../apis/resources.ts';
import { measureClaims, median, medianBoundMs } from '../claim-benchmark.ts';
import { connectDatabase, NotDurableError } from '../connection.ts';
import { endpointIn, namespace, podName, type Step, until } from '../context.ts';
import { applyManifests } from '../manifests.ts';
import { rowsPerSecond } from '../row-checks.ts';
import { schemaSql } from '../rows.ts';
import { isReady } from '../service-endpoint.ts';

const claimCount = 100;
const claimNamespace = 'amarre-demo-claims';

/** Claims of an Immediate class, bound one after another. */
export const claimsStep: Step = {
  id: 'claims',
  title: `Binding ${claimCount} claims`,
  timeoutMs: 240_000,
  async run({ client, clock, measurements }, signal) {
    await client.create(namespaces, { metadata: { name: claimNamespace } }, signal);
    const samples = await measureClaims({ client, clock, namespace: claimNamespace, count: claimCount }, signal);
    await client.delete(namespaces, { at: { name: claimNamespace } }, signal);
    const boundMs = medianBoundMs(samples);
    measurements['claim-bound-ms-p50'] = boundMs;
    return { claims: samples.length, boundMs, driverMs: median(samples.map(({ createVolumeMs }) => createVolumeMs)) };
  },
};

/** A namespace with everything of examples/postgres.yaml, until the pod is Ready. */
export const applyStep: Step = {
  id: 'apply',
  title: 'Creating a PostgreSQL',
  timeoutMs: 90_000,
  async run(context, signal) {
    const { client, manifests } = context;
    await client.create(namespaces, { metadata: { name: namespace } }, signal);
    await applyManifests(client, { objects: manifests, namespace }, signal);
    const pod = await until(
      async (bounded) =>
        (await client.list(pods, { namespace }, bounded)).items.find(
          (each) => each.metadata.name === podName && isReady(each),
        ),
      context,
      signal,
    );
    return { node: pod.spec?.nodeName };
  },
};

/** Starts nothing itself: the writer runs beside the steps once its tables exist. Waits until it is at full speed. */
export const writeStep: Step = {
  id: 'write',
  title: 'Starting to write',
  timeoutMs: 60_000,
  async run(context, signal) {
    const { history, clock, measurements, password, assertDurable } = context;
    const endpoint = await endpointIn(context, namespace, signal);
    const server = await until(
      async () => {
        const connection = await connectDatabase({ endpoint, password, clock, assertDurable }).catch(
          (error: unknown) => {
            if (error instanceof NotDurableError) throw error;
          },
        );
        if (!connection) return undefined;
        await connection.query('', schemaSql).finally(() => connection.destroy());
        return connection.server;
      },
      context,
      signal,
    );
    const first = await until(async () => history.acknowledgements[0], context, signal);
    await clock.sleep(2_000, signal);
    const rate = rowsPerSecond(history.acknowledgements, 0);
    measurements['writer-rows-per-s'] = rate;
    return {
      rowsPerSecond: Math.round(rate),
      connections: new Set(history.acknowledgements.map(({ connection }) => connection)).size,
      server: server.address,
      firstRow: first.sequence,
    };
  },
};
