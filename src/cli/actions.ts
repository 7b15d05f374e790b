// What can the commands do? The composition root hands these in, so that commands only parse and print.

import type { Clock } from '../base/clock.ts';
import type { ClusterQuery } from '../doctor/read/cluster/read-cluster.ts';
import type { Reading } from '../doctor/read/reading.ts';
import type { EtcdSpec } from '../localcluster/data-folder.ts';
import type { Fault } from '../localcluster/faults.ts';
import type { UpOptions } from '../localcluster/plan.ts';
import type { ClusterStatus } from '../localcluster/status.ts';

export interface UpResult {
  server: string;
  kubeconfig: string;
  nodes: number;
  zones: number;
  volumes: 'block' | 'directory';
  /** From the start of the command until the API was ready and every node Ready. */
  readyAfterMs: number;
  /** What the machine allowed and what not. */
  notes: string[];
}

/** A cluster that the doctor may look at, again and again. */
export interface DoctorCluster {
  /** Of the context. */
  namespace: string;
  read: (query: Omit<ClusterQuery, 'source'>, signal: AbortSignal) => Promise<Reading>;
  close: () => void;
}

export interface DumpOptions {
  /** Files, folders, or `-`. */
  paths: readonly string[];
  /** The moment of the dump if it is known, in ms since the epoch. */
  atMs: number | undefined;
}

export interface Actions {
  /** Starts the cluster and waits until every node is Ready. */
  up: (options: UpOptions, progress: (text: string) => void, signal: AbortSignal) => Promise<UpResult>;
  down: (options: { dataDir: string; purge: boolean }, signal: AbortSignal) => Promise<void>;
  status: (dataDir: string, signal: AbortSignal) => Promise<ClusterStatus>;
  fault: (target: { dataDir: string; fault: Fault; nodeName: string }, signal: AbortSignal) => Promise<void>;
  /** Writes the objects of one revision to a new file. */
  backupState: (options: { dataDir: string; file: string }, signal: AbortSignal) => Promise<{ revision: number }>;
  /** Puts the objects of a backup in place of the cluster's, which are kept aside. */
  restoreState: (
    options: { dataDir: string; file: string },
    signal: AbortSignal,
  ) => Promise<{ revision: number; keptIn: string | undefined }>;
  /** Moves the objects to another kind of store, which the cluster uses from then on. */
  copyState: (
    options: { dataDir: string; to: 'etcd' | 'lmdb'; etcd: EtcdSpec | undefined },
    signal: AbortSignal,
  ) => Promise<{ entries: number; revision: number; keptIn: string | undefined }>;
  /** Resolves with the name of the new key when everything is encrypted with it. */
  rotateEncryptionKey: (dataDir: string, signal: AbortSignal) => Promise<string>;
  /** Resolves with the path of the file of keys. */
  rotateTokenKey: (dataDir: string, signal: AbortSignal) => Promise<string>;
  /** Reads no object yet. Rejects with KubeconfigError. */
  openCluster: (
    options: { kubeconfig: string | undefined; context: string | undefined; requestTimeoutMs: number },
    signal: AbortSignal,
  ) => Promise<DoctorCluster>;
  /** Rejects with CannotLookError. */
  readDump: (options: DumpOptions, signal: AbortSignal) => Promise<Reading>;
  /** Serves `/metrics` on a loopback address until `signal` aborts. Rejects if the address is taken. */
  serveText: (at: { host: string; port: number }, text: () => string, signal: AbortSignal) => Promise<{ port: number }>;
  /** Resolves when the user interrupts. */
  untilInterrupted: (signal: AbortSignal) => Promise<void>;
}

/** The command has said all that there is to say; the process ends with `code`. */
export class ExitCode extends Error {
  override readonly name = 'ExitCode';
  readonly code: number;

  constructor(code: number) {
    super(`Exit with code ${code}`);
    this.code = code;
  }
}

/** Where a command writes. Results go to `out`, progress and problems to `err`. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  isInteractive: boolean;
}

export interface CommandContext {
  clock: Clock;
  actions: Actions;
  terminal: Terminal;
  defaultDataDir: string;
  signal: AbortSignal;
}
