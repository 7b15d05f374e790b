// Which processes make a local cluster? Names and command lines; what each does is in its root in src/cmd.

import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { exists } from '../base/exists.ts';
import { killCgroup, removeCgroup } from './cgroup.ts';
import { controlPlanes } from './control-planes.ts';
import type { ClusterSpec, DataFolder, NodeSpec } from './data-folder.ts';
import { netnsName } from './network.ts';
import type { Component } from './process-manager.ts';

/** How to start the built programs: `script('agent')` is the path of dist/agent.js. */
export interface Programs {
  node: string;
  script: (name: string) => string;
}

export interface ComponentContext {
  folder: DataFolder;
  spec: ClusterSpec;
  programs: Programs;
  /** Mount point of the cgroup 2 hierarchy, if there is one to write to. */
  cgroupRoot: string | undefined;
  clock: Clock;
}

/** Names of the control planes' processes. */
export function controlPlaneNames(spec: ClusterSpec): string[] {
  const planes = controlPlanes(spec);
  return [
    ...(spec.balancerAddresses ? ['balancer'] : []),
    ...planes.map(({ apiServer }) => apiServer),
    ...planes.map(({ controllers }) => controllers),
    'csi-controller',
  ];
}

/** What stands before several API servers: needs keys. */
export function balancerComponents(context: ComponentContext): Component[] {
  if (!context.spec.balancerAddresses) return [];
  return [controlPlaneComponent(context, { name: 'balancer', program: 'balancer', instance: undefined })];
}

/** The API servers: need keys, and the store. */
export function apiServerComponents(context: ComponentContext): Component[] {
  return controlPlanes(context.spec).map(({ apiServer, instance }) =>
    controlPlaneComponent(context, { name: apiServer, program: 'apiserver', instance }),
  );
}

/** What works through the API servers, and has nothing to do before one answers. */
export function controllerComponents(context: ComponentContext): Component[] {
  const driver = { name: 'csi-controller', program: 'csi-controller', instance: undefined };
  const each = controlPlanes(context.spec).map(({ controllers, instance }) => ({
    name: controllers,
    program: 'controllers',
    instance,
  }));
  return [driver, ...each].map((started) => controlPlaneComponent(context, started));
}

/** One supervisor per node: needs the pool and the network. */
export function supervisorComponents(context: ComponentContext): Component[] {
  return context.spec.nodes.map((node) => supervisor(context, node));
}

interface Started {
  name: string;
  program: string;
  instance: string | undefined;
}

function controlPlaneComponent(
  { folder, programs }: ComponentContext,
  { name, program, instance }: Started,
): Component {
  const argv = [programs.node, programs.script(program), folder.root, ...(instance === undefined ? [] : [instance])];
  return { name, argv, isWanted: () => Promise.resolve(true) };
}

function supervisor(context: ComponentContext, node: NodeSpec): Component {
  const { folder, spec, programs, cgroupRoot, clock } = context;
  const plain = [programs.node, programs.script('supervisor'), folder.root, node.name];
  const cgroup = cgroupRoot && nodeCgroup(cgroupRoot, spec, node);
  return {
    name: supervisorName(node),
    argv: isolated(plain, { spec, node, cgroup }),
    isWanted: async () => !(await isPoweredOff(folder, node.name)),
    async beforeStart(signal) {
      // A new supervisor is a new boot: nothing of the old one may be left.
      if (!cgroup) return;
      await killCgroup(cgroup, clock, signal);
      await removeCgroup(cgroup);
    },
  };
}

/** Wraps a command line so that it runs in the node's cgroup, network namespace and a mount namespace of its own. */
function isolated(
  argv: string[],
  { spec, node, cgroup }: { spec: ClusterSpec; node: NodeSpec; cgroup: string | undefined },
): string[] {
  const inNamespaces =
    spec.network === 'namespaces'
      ? [
          'nsenter',
          `--net=/run/netns/${netnsName(spec, node)}`,
          'unshare',
          '--mount',
          '--propagation',
          'slave',
          ...argv,
        ]
      : argv;
  if (!cgroup) return inNamespaces;
  return ['sh', '-c', 'mkdir -p "$0" && echo $$ > "$0/cgroup.procs" && exec "$@"', cgroup, ...inNamespaces];
}

export function supervisorName(node: Pick<NodeSpec, 'name'>): string {
  return `supervisor-${node.name}`;
}

/** The cgroup that holds every process of a node. */
export function nodeCgroup(root: string, spec: Pick<ClusterSpec, 'clusterId'>, node: Pick<NodeSpec, 'name'>): string {
  return join(clusterCgroup(root, spec), node.name);
}

export function clusterCgroup(root: string, spec: Pick<ClusterSpec, 'clusterId'>): string {
  return join(root, `amarre-${spec.clusterId}`);
}

/** The file that says "switched off": written by `amarre node kill`, removed by `amarre node heal`. */
export function powerOffFile(folder: DataFolder, nodeName: string): string {
  return join(folder.node(nodeName), 'power-off');
}

/** The file that says "cut off from the API server" where there is no network to cut. */
export function partitionFile(folder: DataFolder, nodeName: string): string {
  return join(folder.node(nodeName), 'partitioned');
}

export function isPoweredOff(folder: DataFolder, nodeName: string): Promise<boolean> {
  return exists(powerOffFile(folder, nodeName));
}
