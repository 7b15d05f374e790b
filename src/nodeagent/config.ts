// What must a node's processes be told at start? The composition roots fill these in; no default is hidden elsewhere.

import type { TlsIdentity } from '../base/tls.ts';

/** How containers are isolated. `auto` probes and takes the strongest that the machine allows. */
export type RuntimeMode = 'auto' | 'privileged' | 'userns' | 'plain';

/** A program that the supervisor starts, and starts again whenever it ends. */
export interface ChildConfig {
  /** Unique within the node, `agent` or `csi-node`: names its log file and its line in the supervisor's answers. */
  name: string;
  argv: [string, ...string[]];
  /** Added to the supervisor's own environment. */
  env?: Record<string, string>;
  /** Starts once the agent serves its API, or after a while, so that on a busy machine the node is Ready first. */
  isPatient?: boolean;
}

export interface FenceServerConfig {
  /** `supervisorPort` unless several nodes share one address. */
  port: number;
  /** The node's certificate; clients must present one of the same authority. */
  tls: TlsIdentity;
}

/** What `runSupervisor` needs. All paths are absolute. */
export interface SupervisorConfig {
  nodeName: string;
  /** `<data>/nodes/<name>`: boot.json, run/, pods/, plugins/, containers/, logs/. Made if missing. */
  nodeDir: string;
  /** The node's IP address: `/fence` listens there, and pods find it in /etc/hosts. */
  address: string;
  mode: RuntimeMode;
  /**
   * Folder for the containers' writable layers, one subfolder per container, emptied at start. An overlay
   * needs it on another file system than `/`; where that is refused the layer is in memory.
   */
  scratchDir: string;
  /** Host folders that no container may see: the data folder with the keys and the other volumes. */
  hiddenPaths: string[];
  /**
   * cgroup v2 folder of this node; each container gets a child of `<cgroupPath>/containers`.
   * Without it, containers are killed through their PID namespace alone.
   */
  cgroupPath?: string | undefined;
  /** Absent: nobody can ask this node for a tombstone. */
  fence?: FenceServerConfig | undefined;
  /** The dead-man's switch may be armed. It is, from the agent's first pet on. */
  deadMan: boolean;
  /** The agent and the CSI node plugin. */
  children: ChildConfig[];
}

/** What `runAgent` needs. All paths are absolute. */
export interface AgentConfig {
  nodeName: string;
  nodeDir: string;
  /** The node's IP address; its pods share it. */
  address: string;
  /** Port of the kubelet API on `address`. */
  kubeletPort: number;
  /** The node's certificate. Clients need one of the same authority and either this CN or group `system:masters`. */
  tls: TlsIdentity;
  /** Where pods reach the API server; they are not told if absent. */
  apiServer?: { host: string; port: number };
  /** `kube-apiserver-kubelet-client`. */
  apiServerClientName: string;
  /** The supervisor's UNIX socket; `<nodeDir>/run/supervisor.sock`. */
  supervisorSocket: string;
  /** UNIX socket of the CSI node plugin; `<nodeDir>/run/csi-node.sock`. */
  csiSocket: string;
  /** Labels of the Node object besides kubernetes.io/hostname, os and arch: the zone. */
  labels: Record<string, string>;
  /** 500. */
  leaseRenewMs: number;
  /** Written to the lease, whole seconds. */
  leaseDurationSeconds: number;
  /** Lifetime of the node's pods after the last renewal that the API accepted. Absent: the switch stays unarmed. */
  deadManMs?: number | undefined;
  /** Shown as status.nodeInfo.kubeletVersion: `v1.34.0-amarre.0.1.0`. */
  version: string;
}

/** Where a node's files are. Layout of the kubelet's root folder, below `nodeDir`. */
export function nodePaths(nodeDir: string) {
  return {
    boot: `${nodeDir}/boot.json`,
    fenced: `${nodeDir}/fenced.json`,
    run: `${nodeDir}/run`,
    supervisorSocket: `${nodeDir}/run/supervisor.sock`,
    csiSocket: `${nodeDir}/run/csi-node.sock`,
    pods: `${nodeDir}/pods`,
    plugins: `${nodeDir}/plugins`,
    containers: `${nodeDir}/containers`,
    logs: `${nodeDir}/logs`,
  };
}
