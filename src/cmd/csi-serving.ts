// Where does a CSI plugin show its metrics and health? On a port of loopback, or of its node's address, which `amarre status` prints.

import { pingCheck } from '../base/health-checks.ts';
import { processMetrics } from '../base/metrics/process-metrics.ts';
import { processFacts } from '../base/system-process.ts';
import type { CsiOperationMetrics } from '../csi/operation-metrics.ts';
import { serverUrls, serverUrlsForNodes } from '../localcluster/control-planes.ts';
import type { NodeSpec } from '../localcluster/data-folder.ts';
import { writeMetricsUrl } from '../localcluster/metrics-url.ts';
import { readIdentity } from '../localcluster/pki.ts';
import type { ProcessContext } from './process.ts';

/** As the liveness probe of upstream's CSI drivers. */
const port = 9808;

interface CsiPlugin {
  /** By which its URL is found again. */
  name: string;
  /** Absent for the controller plugin. */
  node?: NodeSpec;
  metrics: CsiOperationMetrics;
}

/** Gives what is to be called when the driver answers calls: from then on it shows itself, until `signal` aborts. */
export function csiServing(context: ProcessContext, plugin: CsiPlugin, signal: AbortSignal): () => void {
  const { log } = context;
  return () => {
    serve(context, plugin, signal).catch((error: unknown) => {
      // A driver that can't be looked at does its work all the same.
      if (!signal.aborted) log.warn('metrics and health of this plugin are not served', { error });
    });
  };
}

async function serve(
  { folder, spec, clock, log }: ProcessContext,
  { name, node, metrics }: CsiPlugin,
  signal: AbortSignal,
): Promise<void> {
  // Loaded here: the driver answers calls before that.
  const [{ connectClient }, { serveSecurely }] = await Promise.all([
    import('../client/connect.ts'),
    import('../client/serving/secure-server.ts'),
  ]);
  const identity = await readIdentity(folder, node ? `node-${node.name}` : 'controllers');
  const servers = node ? serverUrlsForNodes(spec, spec.nodes.indexOf(node)) : serverUrls(spec);
  const client = connectClient({ ...servers, identity }, clock);
  signal.addEventListener('abort', () => client.close(), { once: true });
  const host = node?.address ?? '127.0.0.1';
  const serving = await serveSecurely(
    {
      host,
      port,
      tls: node ? identity : await readIdentity(folder, 'controllers-serving'),
      client,
      metrics: async () => [...processMetrics(await processFacts()), ...metrics.metrics()],
      checks: [pingCheck],
      clock,
      log,
    },
    signal,
  );
  await writeMetricsUrl(folder, name, `https://${host}:${serving.port}/metrics`);
}
