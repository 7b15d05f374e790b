// A node's agent: does for its pods what the kubelet does.

import { defaultKubeletPort } from '../apis/core/kubelet-port.ts';
import { exists } from '../base/exists.ts';
import type { Metric } from '../base/metrics/exposition.ts';
import { processMetrics } from '../base/metrics/process-metrics.ts';
import { processFacts } from '../base/system-process.ts';
import { systemRandom } from '../base/system-random.ts';
import { httpsTransport } from '../client/https-transport.ts';
import { createClient } from '../client/kube-client.ts';
import { RestClientMetrics } from '../client/metrics/rest-client-metrics.ts';
import { driverName } from '../csi/drivers/local/config.ts';
import { CsiOperationMetrics } from '../csi/operation-metrics.ts';
import { partitionFile } from '../localcluster/components.ts';
import { serverUrlsForNodes } from '../localcluster/control-planes.ts';
import { readIdentity } from '../localcluster/pki.ts';
import { runAgent } from '../nodeagent/agent/run.ts';
import { nodePaths } from '../nodeagent/config.ts';
import { partitionable } from './partitionable-transport.ts';
import { nodeOf, runProcess } from './process.ts';
import { version } from './version.ts';

const leaseRenewMs = 500;
// Of several API servers one that stands still is left before a lease that it did not renew makes the node suspect.
const quickToMoveOn = { connectTimeoutMs: 700, pingIntervalMs: 400, pingTimeoutMs: 700 };
// Lifetime of pods after the last renewal that the API took, where storage has no gate: D of docs/explanation/fencing.md.
const deadManMs = 5000;

void runProcess('agent', async (context, signal) => {
  const { folder, spec, clock, log } = context;
  const node = nodeOf(context);
  const nodeDir = folder.node(node.name);
  const paths = nodePaths(nodeDir);
  const identity = await readIdentity(folder, `node-${node.name}`);
  const requests = new RestClientMetrics();
  const csiCalls = new CsiOperationMetrics('csi', driverName);
  const metrics = async (): Promise<Metric[]> => [
    ...processMetrics(await processFacts()),
    ...requests.metrics(),
    ...csiCalls.metrics(),
  ];
  // Nodes spread over the API servers.
  const servers = serverUrlsForNodes(spec, spec.nodes.indexOf(node));
  const { hostname: host } = new URL(servers.server);
  const https = httpsTransport({
    ...servers,
    ...(servers.others.length > 0 && quickToMoveOn),
    identity,
    clock,
    metrics: requests,
  });
  const isPartitioned = (): Promise<boolean> => exists(partitionFile(folder, node.name));
  const transport = spec.network === 'loopback' ? partitionable(https, { isPartitioned, clock }) : https;
  const client = createClient({ transport, clock });
  await runAgent(
    {
      nodeName: node.name,
      nodeDir,
      address: node.address,
      kubeletPort: defaultKubeletPort,
      tls: identity,
      // What pods are told outlives any one server.
      apiServer: { host: spec.balancerAddresses?.at(-1) ?? host, port: spec.port },
      apiServerClientName: 'kube-apiserver-kubelet-client',
      supervisorSocket: paths.supervisorSocket,
      csiSocket: paths.csiSocket,
      labels: { 'topology.kubernetes.io/zone': node.zone },
      leaseRenewMs,
      leaseDurationSeconds: 2,
      ...(spec.volumes === 'directory' && { deadManMs }),
      version: `v1.36.0-amarre.${version}`,
    },
    { client, clock, random: systemRandom, log, metrics, csiCalls },
    signal,
  );
});
