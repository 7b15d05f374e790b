// Where do the controllers show their metrics and health? On a port of loopback, which `amarre status` prints.

import { pingCheck } from '../base/health-checks.ts';
import { processMetrics } from '../base/metrics/process-metrics.ts';
import { processFacts } from '../base/system-process.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { ElectionMetrics } from '../client/metrics/election-metrics.ts';
import { WorkQueueMetrics } from '../client/metrics/queue-metrics.ts';
import type { RestClientMetrics } from '../client/metrics/rest-client-metrics.ts';
import { serveSecurely } from '../client/serving/secure-server.ts';
import { driverName } from '../csi/drivers/local/config.ts';
import { CsiOperationMetrics } from '../csi/operation-metrics.ts';
import { controlPlaneOf } from '../localcluster/control-planes.ts';
import { writeMetricsUrl } from '../localcluster/metrics-url.ts';
import { readIdentity } from '../localcluster/pki.ts';
import { SchedulerMetrics } from '../scheduler/metrics.ts';
import type { ProcessContext } from './process.ts';

/** As kube-controller-manager's. */
const securePort = 10_257;
export const electionName = 'amarre-controllers';

/** What the controllers' process counts. */
export interface ControllersMetrics {
  queues: WorkQueueMetrics;
  election: ElectionMetrics;
  /** Calls of the CSI driver, as its sidecars count them. */
  csiCalls: CsiOperationMetrics;
  scheduling: SchedulerMetrics;
}

export function controllersMetrics({ clock }: ProcessContext): ControllersMetrics {
  return {
    queues: new WorkQueueMetrics(clock),
    election: new ElectionMetrics(electionName, clock),
    csiCalls: new CsiOperationMetrics('csi_sidecar', driverName),
    scheduling: new SchedulerMetrics(clock),
  };
}

/** Serves until `signal` aborts; resolves once it does. */
export async function serveControllers(
  { folder, spec, instance, clock, log }: ProcessContext,
  {
    client,
    requests,
    queues,
    election,
    csiCalls,
    scheduling,
  }: ControllersMetrics & { client: KubeClient; requests: RestClientMetrics },
  signal: AbortSignal,
): Promise<void> {
  const { addresses, controllers: name } = controlPlaneOf(spec, instance);
  const [host = '127.0.0.1'] = addresses;
  const isElected = spec.etcd !== undefined;
  const { port } = await serveSecurely(
    {
      host,
      port: securePort,
      tls: await readIdentity(folder, 'controllers-serving'),
      client,
      metrics: async () => [
        ...(isElected ? election.metrics() : []),
        ...processMetrics(await processFacts()),
        ...requests.metrics(),
        ...queues.metrics(),
        ...csiCalls.metrics(),
        ...scheduling.metrics(),
      ],
      checks: [pingCheck, ...(isElected ? [election.check] : [])],
      clock,
      log,
    },
    signal,
  );
  await writeMetricsUrl(folder, name, `https://${host}:${port}/metrics`);
}
