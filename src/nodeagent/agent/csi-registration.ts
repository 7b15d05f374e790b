// How does the cluster learn of the CSI driver on this node? CSINode, labels for its topology, an annotation with its node ID.

import { isStatus } from '../../apimachinery/status-error.ts';
import { csiNodes, nodes } from '../../apis/resources.ts';
import type { CSINode, CSINodeDriver } from '../../apis/storage/generated/v1.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client } from '../../client/types.ts';
import type { CsiDriver } from '../../csi/client.ts';

export interface CsiRegistrationDeps {
  nodeName: string;
  driver: CsiDriver;
  client: Client;
  clock: Clock;
  log: Logger;
}

/** What the node plugin says of itself. */
export interface RegisteredDriver {
  name: string;
  nodeID: string;
  topology: Record<string, string>;
  capabilities: ReadonlySet<string>;
}

const callTimeoutMs = 5_000;

/** Asks until the plugin answers. Rejects only with the abort reason. */
export async function discoverDriver(
  { driver, clock, log }: CsiRegistrationDeps,
  signal: AbortSignal,
): Promise<RegisteredDriver> {
  const options = { signal, timeoutMs: callTimeoutMs };
  for (let failures = 1; ; failures += 1) {
    try {
      const { name } = await driver.identity.getPluginInfo({}, options);
      const info = await driver.node.nodeGetInfo({}, options);
      const { capabilities } = await driver.node.nodeGetCapabilities({}, options);
      return {
        name,
        nodeID: info.nodeId,
        topology: info.accessibleTopology?.segments ?? {},
        capabilities: new Set(capabilities.flatMap(({ rpc }) => (rpc ? [rpc.type] : []))),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (failures === 20) log.warn('the CSI node plugin does not answer', { error });
      await clock.sleep(backoffMs(failures, { initialMs: 20, maxMs: 2_000 }), signal);
    }
  }
}

/** Writes CSINode until it says what `registered` does. Rejects only with the abort reason. */
export async function registerDriver(
  registered: RegisteredDriver,
  deps: CsiRegistrationDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = deps;
  for (let failures = 1; ; failures += 1) {
    try {
      return await writeCsiNode(registered, deps, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (failures === 5) log.warn('cannot register the CSI driver', { error });
      await clock.sleep(backoffMs(failures, { initialMs: 50, maxMs: 5_000 }), signal);
    }
  }
}

async function writeCsiNode(
  { name, nodeID, topology }: RegisteredDriver,
  { client, nodeName }: CsiRegistrationDeps,
  signal: AbortSignal,
): Promise<void> {
  const wanted: CSINodeDriver = { name, nodeID, topologyKeys: Object.keys(topology).sort() };
  const node = await client.get(nodes, { name: nodeName }, signal);
  const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid };
  const old = await client.get(csiNodes, { name: nodeName }, signal).catch((error: unknown) => {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  });
  if (!old) {
    await client.create<CSINode>(
      csiNodes,
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSINode',
        metadata: { name: nodeName, ownerReferences: [owner] },
        spec: { drivers: [wanted] },
      },
      signal,
    );
    return;
  }
  const drivers = [...old.spec.drivers.filter((one) => one.name !== name), wanted];
  const isSame = old.spec.drivers.some(
    (one) => one.name === name && one.nodeID === nodeID && String(one.topologyKeys) === String(wanted.topologyKeys),
  );
  if (!isSame) await client.update(csiNodes, { ...old, spec: { ...old.spec, drivers } }, signal);
}
