// What does the agent ask of whatever runs containers? Verbs as CRI names them; the `process` runtime
// behind the supervisor is the first implementation, a CRI one can be the next.

import type { TerminalSize } from '../../base/kernel-terminal.ts';

/** One mount of a container, already resolved to a folder, file or device of the node. */
export interface ContainerMount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  /** A block device instead of a file system. */
  device?: boolean;
}

export interface ContainerUser {
  uid: number;
  gid: number;
  supplementalGroups: number[];
  /** Name of the passwd entry that is added when the image has none for `uid`. */
  home?: string;
}

/** Limits in plain numbers; absent means none. */
export interface ContainerLimits {
  memoryBytes?: number;
  /** 1000 = one core. */
  cpuMillis?: number;
  cpuRequestMillis?: number;
  pids?: number;
}

/** A volume that the container can write, for the fence. */
export interface HeldVolume {
  volumeHandle: string;
  epoch: number;
}

export interface ContainerSpec {
  podUID: string;
  podNamespace: string;
  podName: string;
  /** Container name within the pod. */
  name: string;
  /** Name of the pod's container whose processes it sees, and which see it. */
  targetContainer?: string;
  /** 0 for the first run; `restartCount` of the pod's status. */
  attempt: number;
  image: string;
  /** ENTRYPOINT and arguments; never empty. */
  argv: string[];
  env: Record<string, string>;
  /** `/` unless told otherwise. */
  workingDir: string;
  hostname: string;
  user: ContainerUser;
  privileged: boolean;
  /** Capabilities without CAP_, added to and dropped from the default set; `ALL` is understood. */
  addCapabilities: string[];
  dropCapabilities: string[];
  readOnlyRoot: boolean;
  /** Does it read what clients that attach send? */
  stdin: boolean;
  /** Is its input over when the first of them has sent all? */
  stdinOnce: boolean;
  /** Does it have a terminal? Then standard error is the same as standard output. */
  tty: boolean;
  mounts: ContainerMount[];
  limits: ContainerLimits;
  logPath: string;
  /** If it fails, is the end of its log the message of its end? */
  speaksByLog: boolean;
  /** `user:<anything>` that the agent wants to find again after its restart. */
  labels: Record<string, string>;
  volumes: HeldVolume[];
}

export type ContainerState = 'running' | 'exited';

/** One container as the runtime knows it. Times are milliseconds since the Unix epoch. */
export interface ContainerRecord {
  /** Unique on the node for ever; `amarre://<id>` in pod status. */
  id: string;
  podUID: string;
  podNamespace: string;
  podName: string;
  name: string;
  attempt: number;
  image: string;
  state: ContainerState;
  startedAt: number;
  finishedAt?: number;
  /** 128 + signal number if a signal ended it. */
  exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, `Fenced`. */
  reason?: string;
  message?: string;
  /** When SIGKILL follows the SIGTERM that was sent. */
  killAt?: number;
  logPath: string;
  labels: Record<string, string>;
  /** As they are now. */
  limits: ContainerLimits;
  volumes: HeldVolume[];
}

/** What a running container has used until now, and holds. */
export interface ContainerUsage {
  id: string;
  cpuNanos: number;
  memoryBytes: number;
}

/** Something that the agent should look at. `removed` and `fenced` are not repeated after a reconnect. */
export type RuntimeEvent =
  | { type: 'snapshot'; containers: ContainerRecord[] }
  | { type: 'container'; container: ContainerRecord }
  | { type: 'removed'; id: string }
  | { type: 'fenced'; volumeHandle: string; epoch: number; podUIDs: string[] };

/** What was chosen on this machine, and what is weaker for it. */
export interface RuntimeDescription {
  name: 'process';
  mode: 'privileged' | 'userns' | 'plain';
  /** One clause each: `writable layer in memory`, `no memory limits`. */
  limitations: string[];
  rootFilesystem: 'overlay' | 'overlay-memory' | 'read-only-host' | 'host';
  kill: 'cgroup' | 'pid-namespace' | 'process-group';
  limits: ('memory' | 'cpu' | 'pids')[];
}

/** Refusals that a pod's status shows as the waiting reason. */
export type StartRefusal =
  | 'ErrImageNeverPull'
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  /** A volume of the container was fenced; only a newer attachment may be used. */
  | 'VolumeFenced';

/** The runtime won't start this container; `reason` is the pod's waiting reason. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: StartRefusal;

  constructor(reason: StartRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface ExecRequest {
  containerId: string;
  argv: string[];
  tty: boolean;
  /** With false, standard input is empty. */
  stdin: boolean;
}

/** A command that runs inside a container. It ends with the container at the latest. */
export interface ExecSession {
  stdin: NodeJS.WritableStream;
  stdout: NodeJS.ReadableStream;
  stderr: NodeJS.ReadableStream;
  /** Exit code, 128 + signal number if a signal ended it, 126 or 127 if it could not start. */
  exited: Promise<number>;
  /** Only of a session on a terminal. */
  resize?(size: TerminalSize): void;
  /** Sends SIGKILL to the command. */
  kill(): void;
}

/** A client's part in a running container's input and output. */
export interface AttachSession {
  /** Absent if the container reads nothing, or the client has nothing to send. */
  stdin?: NodeJS.WritableStream;
  /** All that is written from now on. Both end with the container. */
  stdout: NodeJS.ReadableStream;
  stderr: NodeJS.ReadableStream;
  /** Exit code of the container; undefined if the session ended before it. */
  exited: Promise<number | undefined>;
  resize(size: TerminalSize): void;
  /** Leaves the container to itself. */
  detach(): void;
}

/** Thrown by `exec` and `attach` when the container is not running. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** Runs the containers of one node. Every method rejects with the abort reason when `signal` aborts. */
export interface Runtime {
  describe(signal: AbortSignal): Promise<RuntimeDescription>;
  list(signal: AbortSignal): Promise<ContainerRecord[]>;
  /** Of every container that runs. */
  usage(signal: AbortSignal): Promise<ContainerUsage[]>;
  /** Starts with a snapshot; ends only by error or abort. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** Rejects with StartError. Repeating the same (podUID, name, attempt) returns the container that is there. */
  start(spec: ContainerSpec, signal: AbortSignal): Promise<ContainerRecord>;
  /** Sends SIGTERM now and SIGKILL after `graceMs`, and returns at once. A repeat can only shorten the grace. */
  stop(containerId: string, graceMs: number, signal: AbortSignal): Promise<void>;
  /** Changes the limits of a running container. One that this host can't change is left as it is. Rejects with NotRunningError. */
  setLimits(containerId: string, limits: ContainerLimits, signal: AbortSignal): Promise<ContainerRecord>;
  /** Forgets an exited container; its log stays. OK if it is unknown. */
  remove(containerId: string, signal: AbortSignal): Promise<void>;
  /** Resolves once the command was started. Rejects with NotRunningError. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
  /** Resolves once nothing that the container writes is missed. Rejects with NotRunningError. */
  attach(containerId: string, wants: { stdin: boolean }, signal: AbortSignal): Promise<AttachSession>;
}
