// What does the local driver need to be told?

import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import type { CsiOperationMetrics } from '../../operation-metrics.ts';

export const driverName = 'local.csi.amarre.io';
export const driverVersion = '0.1.0';

/** Every node of this machine reaches the pool: volumes are accessible from all of them. */
export const poolTopology = { segments: { 'topology.local.csi.amarre.io/pool': 'local' } };

export interface LocalDriverConfig {
  socketPath: string;
  /** Block mode: the mount point of the XFS pool (see pool.ts). Directory mode: a plain folder. */
  poolDir: string;
  /** A folder outside the pool that the controller and the node plugins of this machine share. */
  stateDir: string;
  /** `block`: XFS on loop devices, fenced by a gate. `directory`: plain folders, no gate, no size limit. */
  mode: 'block' | 'directory';
  /** Keeps every generation and, beside it, what it was when the next one was cut from it (`.cut`), as evidence. */
  keepGenerations: boolean;
  /** A negative control for tests: attachments are cut but never revoked, so that an old writer goes on. */
  sabotage?: 'no-fence';
  /** Node plugin only: the CSI node ID. */
  nodeName?: string;
}

export interface LocalDriverDeps {
  clock: Clock;
  log: Logger;
  /** Called once, when the driver answers calls. */
  onReady?: () => void;
  /** Told of every call. */
  metrics?: CsiOperationMetrics;
}

/**
 * The keys of `publishContext`.
 *
 * Block mode: `devicePath` is a hint, because loop numbers change when the host restarts; `imagePath` is the file
 * that must stand behind the device. Directory mode: both are empty and `path` is the folder that holds the volume;
 * a runtime binds it, or follows the symbolic link that NodePublishVolume puts at the target path.
 */
export interface PublishContext extends Record<string, string> {
  devicePath: string;
  epoch: string;
  path: string;
  imagePath: string;
}
