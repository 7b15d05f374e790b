// How is the cluster? Processes from the machine, nodes from the API, joined.

import type { Node } from '../apis/core/generated/v1.ts';
import { defaultKubeletPort } from '../apis/core/kubelet-port.ts';
import { exists } from '../base/exists.ts';
import { controlPlaneNames, isPoweredOff, partitionFile, supervisorName } from './components.ts';
import { clusterUrls, controlPlanes } from './control-planes.ts';
import type { ClusterSpec, DataFolder, NodeSpec } from './data-folder.ts';
import { readMetricsUrl } from './metrics-url.ts';
import { readLiving } from './process-record.ts';
import { type FoundProcess, findProcesses } from './processes.ts';

export type ProcessState = 'Running' | 'Frozen' | 'Stopped';

export interface ComponentStatus {
  name: string;
  pid: number | undefined;
  /** Only of a node's processes. */
  node?: string;
  state: ProcessState;
  /** URL of its metrics, for those who may read them. */
  metrics?: string;
}

export interface NodeStatusRow {
  name: string;
  zone: string;
  address: string;
  power: 'On' | 'Off';
  link: 'Up' | 'Partitioned';
  agent: ProcessState;
  /** The Ready condition as the API has it; `Unreachable` if the API does not answer. */
  ready: 'Ready' | 'NotReady' | 'Unknown' | 'Unregistered' | 'Unreachable';
}

export interface ClusterStatus {
  dataDir: string;
  volumes: ClusterSpec['volumes'];
  network: ClusterSpec['network'];
  server: string;
  kubeconfig: string;
  components: ComponentStatus[];
  nodes: NodeStatusRow[];
}

export interface StatusSources {
  folder: DataFolder;
  spec: ClusterSpec;
  /** Nodes of the API; undefined if it does not answer. */
  apiNodes: Node[] | undefined;
  /** Is the node's link cut? */
  isPartitioned: (node: NodeSpec) => Promise<boolean>;
}

/** Looks at everything once. */
export async function clusterStatus(sources: StatusSources): Promise<ClusterStatus> {
  const { folder, spec } = sources;
  const processes = await findProcesses(folder.root);
  const metrics = await metricsUrls(sources);
  const plane = [...(spec.etcd?.own ? ['etcd'] : []), ...controlPlaneNames(spec)].map((name) =>
    component(
      name,
      processes.find((found) => found.program === name),
    ),
  );
  const launcher = component(
    'launcher',
    processes.find((found) => found.program === 'amarre-launcher'),
  );
  const ofNodes = await Promise.all(
    spec.nodes.map(async (node) => {
      const own = processes.filter((found) => found.nodeName === node.name);
      const record = await readLiving(folder.run, supervisorName(node));
      const supervisor = own.find((found) => found.program === 'supervisor' && (!record || found.pid === record.pid));
      return [
        { ...component(`supervisor`, supervisor), node: node.name },
        {
          ...component(
            'agent',
            own.find((found) => found.program === 'agent'),
          ),
          node: node.name,
        },
        {
          ...component(
            'csi-node',
            own.find((found) => found.program === 'csi-node'),
          ),
          node: node.name,
        },
      ];
    }),
  );
  const components = [launcher, ...plane, ...ofNodes.flat()].map((each) => {
    const url = metrics.get(`${each.name} ${each.node ?? ''}`);
    return url === undefined || each.pid === undefined ? each : { ...each, metrics: url };
  });
  return {
    dataDir: folder.root,
    volumes: spec.volumes,
    network: spec.network,
    server: clusterUrls(spec).server,
    kubeconfig: folder.kubeconfig,
    components,
    nodes: await Promise.all(spec.nodes.map((node) => nodeRow(node, components, sources))),
  };
}

/** By name and node of the component. */
async function metricsUrls({ folder, spec }: StatusSources): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  for (const { apiServer, controllers, addresses } of controlPlanes(spec)) {
    urls.set(`${apiServer} `, `https://${addresses[0]}:${spec.port}/metrics`);
    const written = await readMetricsUrl(folder, controllers);
    if (written) urls.set(`${controllers} `, written);
  }
  const driver = await readMetricsUrl(folder, 'csi-controller');
  if (driver) urls.set('csi-controller ', driver);
  for (const { name, address } of spec.nodes) {
    urls.set(`agent ${name}`, `https://${address}:${defaultKubeletPort}/metrics`);
    const plugin = await readMetricsUrl(folder, `csi-node-${name}`);
    if (plugin) urls.set(`csi-node ${name}`, plugin);
  }
  return urls;
}

async function nodeRow(node: NodeSpec, components: ComponentStatus[], sources: StatusSources): Promise<NodeStatusRow> {
  const agent = components.find((entry) => entry.name === 'agent' && entry.node === node.name);
  return {
    ...node,
    power: (await isPoweredOff(sources.folder, node.name)) ? 'Off' : 'On',
    link: (await sources.isPartitioned(node)) ? 'Partitioned' : 'Up',
    agent: agent?.state ?? 'Stopped',
    ready: readiness(node.name, sources.apiNodes),
  };
}

/** The Ready condition in one word. Pure. */
export function readiness(name: string, apiNodes: Node[] | undefined): NodeStatusRow['ready'] {
  if (!apiNodes) return 'Unreachable';
  const node = apiNodes.find((candidate) => candidate.metadata.name === name);
  if (!node) return 'Unregistered';
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (condition?.status === 'True') return 'Ready';
  return condition?.status === 'False' ? 'NotReady' : 'Unknown';
}

/** A component's line; pure. */
function component(name: string, found: FoundProcess | undefined): ComponentStatus {
  if (!found) return { name, pid: undefined, state: 'Stopped' };
  return { name, pid: found.pid, state: found.state === 'T' ? 'Frozen' : 'Running' };
}

/** Without network namespaces a partition is a file that the agent watches. */
export function hasPartitionFile(folder: DataFolder, node: NodeSpec): Promise<boolean> {
  return exists(partitionFile(folder, node.name));
}
