// Which command line makes a container? Pure: from a spec and a prepared root to bwrap's arguments.

import type { ContainerMount, ContainerSpec } from '../types.ts';
import { gated, splitEnvironment } from './gate.ts';
import type { RootEntry } from './host-root.ts';

// The set that container engines grant by default.
const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

// setpriv needs these to become the container's user; it gives them up again.
const capabilitiesOfSetpriv = ['SETGID', 'SETPCAP', 'SETUID'];

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The root that the sandbox enters: a mounted overlay, or the host's root piece by piece. */
export type PreparedRoot =
  | { type: 'overlay'; path: string }
  | { type: 'host'; entries: RootEntry[]; files: FileBind[] };

export interface FileBind {
  hostPath: string;
  containerPath: string;
}

export interface SandboxOptions {
  root: PreparedRoot;
  mode: 'privileged' | 'userns';
  /** Folders that replace /tmp and /run. */
  tmpPath: string;
  runPath: string;
  hiddenPaths: string[];
  /** File descriptor for bwrap's JSON status. */
  statusFd: number;
  /** Variables for the runtime's own sake. */
  markers?: Record<string, string>;
}

/** Arguments for bwrap up to and with the `--`; they hold the environment, so pass them through a file descriptor. */
export function sandboxArguments(spec: ContainerSpec, options: SandboxOptions): string[] {
  const { root, mode } = options;
  const args = ['--die-with-parent', '--unshare-ipc', '--unshare-uts', '--hostname', spec.hostname];
  args.push('--json-status-fd', String(options.statusFd));
  // Whoever joins another container gets its namespaces when they are open.
  if (!spec.targetContainer) args.push('--unshare-pid');
  if (mode === 'userns') {
    if (!spec.targetContainer)
      args.push('--unshare-user', '--uid', String(spec.user.uid), '--gid', String(spec.user.gid));
  } else if (spec.privileged) {
    args.push('--cap-add', 'ALL');
  } else {
    for (const name of new Set([...grantedCapabilities(spec), ...capabilitiesOfSetpriv]))
      args.push('--cap-add', `CAP_${name}`);
  }
  args.push(...rootArguments(root), ...devices(spec, mode), '--proc', '/proc', '--ro-bind-try', '/sys', '/sys');
  args.push('--bind', options.tmpPath, '/tmp', '--bind', options.runPath, '/run');
  // /tmp and /run are the container's own already.
  const hidden = options.hiddenPaths.filter((path) => !/^\/(tmp|run)(\/|$)/.test(path));
  for (const path of hidden) args.push('--tmpfs', path);
  for (const mount of sortedMounts(spec.mounts)) args.push(...mountArguments(mount));
  if (spec.readOnlyRoot && root.type === 'overlay') args.push('--remount-ro', '/');
  args.push('--clearenv');
  const { inherited } = splitEnvironment(containerEnvironment(spec));
  for (const [name, value] of Object.entries({ ...inherited, ...options.markers })) args.push('--setenv', name, value);
  args.push('--chdir', spec.workingDir);
  return args;
}

/** What runs as the sandbox's first process: the container's command behind its gate, after setpriv has dropped its rights. */
export function entryCommand(spec: ContainerSpec, mode: 'privileged' | 'userns'): string[] {
  const command = gated(spec.argv, splitEnvironment(containerEnvironment(spec)).inline);
  return mode === 'userns' ? command : [...dropPrivileges(spec), ...command];
}

/** `setpriv …` for a root that enters the container. PID 1 stays bwrap's, so its parent-death signal is kept. */
export function dropPrivileges(
  spec: Pick<ContainerSpec, 'user' | 'privileged' | 'addCapabilities' | 'dropCapabilities'>,
): string[] {
  const { uid, gid, supplementalGroups } = spec.user;
  const argv = ['setpriv', '--reuid', String(uid), '--regid', String(gid)];
  argv.push(...(supplementalGroups.length > 0 ? ['--groups', supplementalGroups.join(',')] : ['--clear-groups']));
  if (!spec.privileged) {
    const kept = grantedCapabilities(spec).map((name) => `+${name.toLowerCase()}`);
    argv.push('--inh-caps=-all', `--bounding-set=${['-all', ...kept].join(',')}`);
  }
  return [...argv, '--no-new-privs', '--'];
}

/** Default set plus `add` less `drop`; ALL in `drop` starts from nothing, as container engines do. */
export function grantedCapabilities(spec: Pick<ContainerSpec, 'addCapabilities' | 'dropCapabilities'>): string[] {
  const normal = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');
  const dropped = new Set(spec.dropCapabilities.map(normal));
  const base = dropped.has('ALL') ? [] : defaultCapabilities;
  const granted = new Set([...base.filter((name) => !dropped.has(name)), ...spec.addCapabilities.map(normal)]);
  return [...granted].filter((name) => name !== 'ALL').sort();
}

/** The spec's variables with the two that every process may count on. */
export function containerEnvironment(spec: Pick<ContainerSpec, 'env' | 'hostname' | 'user'>): Record<string, string> {
  return {
    PATH: defaultPath,
    HOSTNAME: spec.hostname,
    HOME: spec.user.home ?? (spec.user.uid === 0 ? '/root' : '/'),
    ...spec.env,
  };
}

/** Parents before children, so that a mount inside another's folder is not hidden by it. */
export function sortedMounts(mounts: readonly ContainerMount[]): ContainerMount[] {
  return [...mounts].sort((a, b) =>
    a.containerPath < b.containerPath ? -1 : a.containerPath > b.containerPath ? 1 : 0,
  );
}

function mountArguments({ hostPath, containerPath, readOnly, device }: ContainerMount): string[] {
  if (device) return ['--dev-bind', hostPath, containerPath];
  return [readOnly ? '--ro-bind' : '--bind', hostPath, containerPath];
}

function rootArguments(root: PreparedRoot): string[] {
  if (root.type === 'overlay') return ['--bind', root.path, '/'];
  const args: string[] = [];
  for (const entry of root.entries) {
    if (entry.type === 'tmpfs') {
      // bwrap's own root is a tmpfs already.
      if (entry.path !== '/') args.push('--tmpfs', entry.path);
    } else if (entry.type === 'symlink') {
      args.push('--symlink', entry.target, entry.path);
    } else {
      args.push('--ro-bind', entry.path, entry.path);
    }
  }
  for (const file of root.files) args.push('--ro-bind', file.hostPath, file.containerPath);
  return args;
}

const sharedMemory = ['--perms', '1777', '--tmpfs', '/dev/shm'];

function devices(spec: ContainerSpec, mode: SandboxOptions['mode']): string[] {
  if (mode === 'userns') return userDevices();
  return spec.privileged ? ['--dev-bind', '/dev', '/dev'] : ['--dev', '/dev', ...sharedMemory];
}

// bwrap's own --dev needs a second user namespace inside the first, which no command could enter later.
function userDevices(): string[] {
  const nodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].flatMap((name) => [
    '--dev-bind-try',
    `/dev/${name}`,
    `/dev/${name}`,
  ]);
  const links = [
    ['/proc/self/fd', 'fd'],
    ['/proc/self/fd/0', 'stdin'],
    ['/proc/self/fd/1', 'stdout'],
    ['/proc/self/fd/2', 'stderr'],
  ];
  const symlinks = links.flatMap(([target = '', name = '']) => ['--symlink', target, `/dev/${name}`]);
  return ['--tmpfs', '/dev', ...nodes, ...symlinks, ...sharedMemory];
}
