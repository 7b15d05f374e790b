// How does a controller or an agent call a CSI driver?

import type { Clock } from '../base/clock.ts';
import type { Client, ControllerService, FenceService, IdentityService, NodeService } from './services.ts';

/** One driver's services. Every call rejects with RpcError; a driver without a service answers UNIMPLEMENTED. */
export interface CsiDriver {
  readonly identity: Client<IdentityService>;
  readonly controller: Client<ControllerService>;
  readonly node: Client<NodeService>;
  readonly fence: Client<FenceService>;
  close(): void;
}

export interface ConnectOptions {
  clock: Clock;
}

/**
 * A client of the driver that listens on the UNIX socket `address`. Connects on the first call, and again
 * after the driver was killed and restarted; a call made while nobody listens rejects with UNAVAILABLE.
 */
export declare function connectDriver(address: string, options: ConnectOptions): CsiDriver;
