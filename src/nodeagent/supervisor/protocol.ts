// What do agent and supervisor say to each other on the UNIX socket? JSON over HTTP; `events` is a line per event.

import type { RuntimeDescription } from '../runtime/types.ts';
import type { ChildStatus } from './children.ts';

export const supervisorRoutes = {
  info: '/v1/info',
  containers: '/v1/containers',
  events: '/v1/events',
  volumes: '/v1/volumes',
  pet: '/v1/pet',
  usage: '/v1/usage',
} as const;

export interface SupervisorInfo {
  bootID: string;
  nodeName: string;
  startedAt: string;
  runtime: RuntimeDescription;
  children: ChildStatus[];
  /** CLOCK_BOOTTIME milliseconds; absent while the dead-man's switch is not armed. */
  deadManDeadlineMs?: number;
}

export interface PetRequest {
  deadlineBoottimeMs: number;
}

export interface StopRequest {
  graceMs: number;
}

export interface ExecPlanRequest {
  argv: string[];
}

export interface ReleaseRequest {
  /** Whose publish mount is gone; absent: the staging mount is, too. */
  podUID?: string;
  volumeHandle: string;
}

/** Body of every answer that is not 2xx. `reason` is a StartRefusal, `EarlierBoot`, `NotRunning`, `BadRequest` or `InternalError`. */
export interface Refusal {
  reason: string;
  message: string;
}
