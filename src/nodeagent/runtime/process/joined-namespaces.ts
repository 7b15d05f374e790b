// How does a container come among the processes of another? Its sandbox enters the namespaces of that one's first process.

import { closeSync, openSync } from 'node:fs';
import { type ContainerRecord, type ContainerSpec, type RuntimeDescription, StartError } from '../types.ts';
import type { ProcessRef } from './process-tree.ts';

/** Descriptors of the namespaces, opened for the sandbox program. */
export interface JoinedNamespaces {
  fds: number[];
  /** bwrap's arguments that take the place of making such namespaces; they name the descriptors from `firstFd` on. */
  args: string[];
  /** To be called when the sandbox program was started. */
  close(): void;
}

export interface JoinRequest {
  target: ProcessRef;
  mode: 'privileged' | 'userns';
}

const namespaceOptions = {
  privileged: [{ file: 'pid', option: '--pidns' }],
  // The namespace of processes belongs to the user's.
  userns: [
    { file: 'pid', option: '--pidns' },
    { file: 'user', option: '--userns' },
  ],
};

interface RunningEntry {
  record: Pick<ContainerRecord, 'podUID' | 'name'>;
  running: { init: ProcessRef } | undefined;
}

/**
 * What a container that is aimed at another of its pod joins; undefined if it is aimed at none. Throws StartError with
 * the kubelet's words if the pod has no such container, and with our own if it has ended.
 */
export function joinsOf(
  { podUID, targetContainer }: ContainerSpec,
  mode: RuntimeDescription['mode'],
  entries: Iterable<RunningEntry>,
): JoinRequest | undefined {
  // Plain processes see one another as they are.
  if (!targetContainer || mode === 'plain') return undefined;
  const runs = [...entries].filter(({ record }) => record.podUID === podUID && record.name === targetContainer);
  if (runs.length === 0)
    throw new StartError('CreateContainerConfigError', `unable to find target container ${targetContainer}`);
  const running = runs.find((entry) => entry.running)?.running;
  if (!running) throw new StartError('CreateContainerError', `target container ${targetContainer} is not running`);
  return { target: running.init, mode };
}

/** Opens them; none if nothing is joined. Throws if the process is gone. */
export function openNamespaces(joins: JoinRequest | undefined, firstFd: number): JoinedNamespaces {
  const fds: number[] = [];
  const close = (): void => {
    for (const fd of fds) closeSync(fd);
  };
  const options = joins ? namespaceOptions[joins.mode] : [];
  try {
    for (const { file } of options) fds.push(openSync(`/proc/${joins?.target.pid}/ns/${file}`, 'r'));
  } catch (error) {
    close();
    throw error;
  }
  return { fds, close, args: options.flatMap(({ option }, index) => [option, String(firstFd + index)]) };
}
