// How does a claim's status tell of a resize? Conditions and allocated resources as external-resizer writes them.

import type { PersistentVolumeClaim, PersistentVolumeClaimCondition } from '../../apis/core/generated/v1.ts';
import { resizeStatuses } from './reconcile.ts';

type StatusChange = Record<string, unknown>;

/** Types of conditions that tell of one resize; each new report replaces them. */
const resizeConditions = ['Resizing', 'FileSystemResizePending', 'ControllerResizeError', 'NodeResizeError'];

export interface Progress {
  claim: PersistentVolumeClaim;
  size: string;
  /** RFC 3339. */
  now: string;
}

export function inProgress({ claim, size, now }: Progress): StatusChange {
  return {
    allocatedResources: { storage: size },
    allocatedResourceStatuses: { storage: resizeStatuses.controllerInProgress },
    conditions: conditions(claim, { type: 'Resizing', status: 'True', lastTransitionTime: now }),
  };
}

/** The storage has grown; the file system grows on a node. */
export function leftToNode({ claim, size, now }: Progress): StatusChange {
  const message = 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.';
  return {
    allocatedResources: { storage: size },
    allocatedResourceStatuses: { storage: resizeStatuses.nodePending },
    conditions: conditions(claim, {
      type: 'FileSystemResizePending',
      status: 'True',
      lastTransitionTime: now,
      message,
    }),
  };
}

export function finished({ claim, size }: Omit<Progress, 'now'>): StatusChange {
  return {
    capacity: { storage: size },
    allocatedResources: { storage: size },
    allocatedResourceStatuses: { storage: null },
    conditions: conditions(claim, undefined),
  };
}

export interface Failure {
  claim: PersistentVolumeClaim;
  /** Can the driver never make this size? */
  isInfeasible: boolean;
  message: string;
  now: string;
}

export function failed({ claim, isInfeasible, message, now }: Failure): StatusChange {
  const condition = { type: 'ControllerResizeError', status: 'True', lastTransitionTime: now, message };
  return {
    ...(isInfeasible && { allocatedResourceStatuses: { storage: resizeStatuses.controllerInfeasible } }),
    conditions: conditions(claim, condition),
  };
}

function conditions(
  claim: PersistentVolumeClaim,
  next: PersistentVolumeClaimCondition | undefined,
): PersistentVolumeClaimCondition[] {
  const others = (claim.status?.conditions ?? []).filter(({ type }) => !resizeConditions.includes(type));
  return next ? [...others, next] : others;
}
