// What does the demo ask of a cluster? To start, to be broken on purpose, and to be stopped.

import type { Client } from '../client/types.ts';
import type { ProcessRecord } from '../localcluster/process-record.ts';

export type NodeFault = 'kill' | 'freeze' | 'thaw' | 'partition' | 'heal';

/** One process of the cluster, as `amarre status -o json` lists it. */
export interface ClusterProcess {
  name: string;
  /** Absent while it is not running. */
  pid?: number;
  /** Only of a node's processes. */
  node?: string;
  /** URL of its metrics. */
  metrics?: string;
  state: string;
}

export interface ClusterFacts {
  volumes: 'block' | 'directory';
  network: string;
  components: ClusterProcess[];
}

export interface StartResult {
  /** From exec until /readyz answered 200 and every node was Ready. */
  coldStartMs: number;
  /** What the machine allowed and what not. */
  notes: string[];
}

/** A local cluster, driven from outside as a user would. */
export interface Cluster {
  readonly dataDir: string;
  readonly kubeconfig: string;
  /** Folder of the volumes' files, for the check of double writes. */
  readonly poolDir: string;
  /** Starts it on an empty data folder. */
  start(signal: AbortSignal): Promise<StartResult>;
  /** Rejects if there is no cluster. */
  facts(signal: AbortSignal): Promise<ClusterFacts>;
  /** The processes that the node's containers consist of now. */
  containerProcesses(nodeName: string): Promise<ProcessRecord[]>;
  fault(fault: NodeFault, nodeName: string, signal: AbortSignal): Promise<void>;
  /** A client with the administrator's certificate; whoever asked for it closes it. */
  connect(): Promise<Client>;
  /** Stops every process and gives back mounts and devices; `purge` also deletes the data folder. */
  stop(options: { purge: boolean }, signal: AbortSignal): Promise<void>;
}

/** A command of the cluster failed; the message is what it printed. */
export class ClusterCommandError extends Error {
  override readonly name = 'ClusterCommandError';
}
