// Which calls does a CSI driver answer? The services of csi.v1 as functions, for both ends of the wire.

import type * as nodes from './node-types.ts';
import type * as snapshots from './snapshot-types.ts';
import type * as csi from './types.ts';
import type { Outgoing } from './types.ts';

/** Every call waits at most `timeoutMs`; aborting stops our waiting, not the driver's work. */
export interface CallOptions {
  signal: AbortSignal;
  timeoutMs: number;
}

/** One RPC. `Needed` are the request's fields that the specification requires. Rejects with RpcError. */
export type Rpc<Request, Response, Needed extends keyof Request = never> = {
  request: Request;
  response: Response;
  needed: Needed;
};

export interface IdentityService {
  getPluginInfo: Rpc<csi.Empty, csi.GetPluginInfoResponse>;
  getPluginCapabilities: Rpc<csi.Empty, csi.GetPluginCapabilitiesResponse>;
  probe: Rpc<csi.Empty, csi.ProbeResponse>;
}

export interface ControllerService {
  createVolume: Rpc<csi.CreateVolumeRequest, csi.CreateVolumeResponse, 'name' | 'volumeCapabilities'>;
  deleteVolume: Rpc<csi.DeleteVolumeRequest, csi.Empty, 'volumeId'>;
  controllerPublishVolume: Rpc<
    csi.ControllerPublishVolumeRequest,
    csi.ControllerPublishVolumeResponse,
    'volumeId' | 'nodeId' | 'volumeCapability'
  >;
  controllerUnpublishVolume: Rpc<csi.ControllerUnpublishVolumeRequest, csi.Empty, 'volumeId'>;
  validateVolumeCapabilities: Rpc<
    csi.ValidateVolumeCapabilitiesRequest,
    csi.ValidateVolumeCapabilitiesResponse,
    'volumeId' | 'volumeCapabilities'
  >;
  listVolumes: Rpc<csi.ListRequest, csi.ListVolumesResponse>;
  getCapacity: Rpc<csi.GetCapacityRequest, csi.GetCapacityResponse>;
  controllerGetCapabilities: Rpc<csi.Empty, csi.ControllerGetCapabilitiesResponse>;
  createSnapshot: Rpc<snapshots.CreateSnapshotRequest, snapshots.SnapshotResponse, 'sourceVolumeId' | 'name'>;
  deleteSnapshot: Rpc<snapshots.DeleteSnapshotRequest, csi.Empty, 'snapshotId'>;
  listSnapshots: Rpc<snapshots.ListSnapshotsRequest, snapshots.ListSnapshotsResponse>;
  getSnapshot: Rpc<snapshots.GetSnapshotRequest, snapshots.SnapshotResponse, 'snapshotId'>;
  controllerExpandVolume: Rpc<
    csi.ControllerExpandVolumeRequest,
    csi.ControllerExpandVolumeResponse,
    'volumeId' | 'capacityRange'
  >;
  controllerGetVolume: Rpc<csi.ControllerGetVolumeRequest, csi.ControllerGetVolumeResponse, 'volumeId'>;
  controllerModifyVolume: Rpc<csi.ControllerModifyVolumeRequest, csi.Empty, 'volumeId'>;
}

export interface NodeService {
  nodeStageVolume: Rpc<nodes.NodeStageVolumeRequest, csi.Empty, 'volumeId' | 'stagingTargetPath' | 'volumeCapability'>;
  nodeUnstageVolume: Rpc<nodes.NodeUnstageVolumeRequest, csi.Empty, 'volumeId' | 'stagingTargetPath'>;
  nodePublishVolume: Rpc<nodes.NodePublishVolumeRequest, csi.Empty, 'volumeId' | 'targetPath' | 'volumeCapability'>;
  nodeUnpublishVolume: Rpc<nodes.NodeUnpublishVolumeRequest, csi.Empty, 'volumeId' | 'targetPath'>;
  nodeGetVolumeStats: Rpc<nodes.NodeGetVolumeStatsRequest, nodes.NodeGetVolumeStatsResponse, 'volumeId' | 'volumePath'>;
  nodeExpandVolume: Rpc<nodes.NodeExpandVolumeRequest, nodes.NodeExpandVolumeResponse, 'volumeId' | 'volumePath'>;
  nodeGetCapabilities: Rpc<csi.Empty, nodes.NodeGetCapabilitiesResponse>;
  nodeGetInfo: Rpc<csi.Empty, nodes.NodeGetInfoResponse>;
}

/** `amarre.csi.v1.Fence`, beside the Controller service: cuts one attachment off from its storage. */
export interface FenceService {
  revoke: Rpc<RevokeRequest, RevokeResponse, 'volumeId' | 'nodeId' | 'epoch'>;
}

export interface RevokeRequest {
  volumeId: string;
  nodeId: string;
  /** The attachment's epoch, from its publish context. */
  epoch: number;
}

/**
 * When `offered`, no write of `epoch` reaches the volume any more and those that were in flight have ended
 * (`drained`). When not `offered`, this volume has no gate: nothing was done and nothing is proven.
 */
export interface RevokeResponse {
  epoch: number;
  drained: boolean;
  /** `/dev/loop4`; empty when the attachment's device was already gone. */
  device: string;
  /** RFC 3339 with microseconds. */
  revokedAt: string;
  offered: boolean;
}

/** A service as its caller sees it. */
export type Client<Service> = {
  [Method in keyof Service]: Service[Method] extends {
    request: infer Request;
    response: infer Response;
    needed: infer Needed;
  }
    ? (request: RequestDraft<Request, Needed>, options: CallOptions) => Promise<Response>
    : never;
};

type RequestDraft<Request, Needed> = Outgoing<Request> &
  Required<Pick<Outgoing<Request>, Needed & keyof Outgoing<Request>>>;

/** A service as its driver implements it: the request is fully decoded, the answer may leave zero values out. */
export type Implementation<Service> = {
  [Method in keyof Service]: Service[Method] extends { request: infer Request; response: infer Response }
    ? (request: Request, signal: AbortSignal) => Promise<Outgoing<Response>>
    : never;
};
