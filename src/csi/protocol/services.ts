// Which gRPC methods make up each service, and with which messages?

import type { ServiceDefinition } from '@grpc/grpc-js';
import { bool, int64, type Message, message, string } from '../../base/protobuf.ts';
import type {
  ControllerService,
  FenceService,
  IdentityService,
  NodeService,
  RevokeRequest,
  RevokeResponse,
} from '../services.ts';
import * as volumes from './messages.ts';
import * as nodes from './node-messages.ts';
import * as snapshots from './snapshot-messages.ts';

type Methods<Service> = {
  [Method in keyof Service]: Service[Method] extends { request: infer Request; response: infer Response }
    ? readonly [Message<Request>, Message<Response>]
    : never;
};

const identity: Methods<IdentityService> = {
  getPluginInfo: [volumes.empty, volumes.getPluginInfoResponse],
  getPluginCapabilities: [volumes.empty, volumes.getPluginCapabilitiesResponse],
  probe: [volumes.empty, volumes.probeResponse],
};

const controller: Methods<ControllerService> = {
  createVolume: [volumes.createVolumeRequest, volumes.createVolumeResponse],
  deleteVolume: [volumes.deleteVolumeRequest, volumes.empty],
  controllerPublishVolume: [volumes.controllerPublishVolumeRequest, volumes.controllerPublishVolumeResponse],
  controllerUnpublishVolume: [volumes.controllerUnpublishVolumeRequest, volumes.empty],
  validateVolumeCapabilities: [volumes.validateVolumeCapabilitiesRequest, volumes.validateVolumeCapabilitiesResponse],
  listVolumes: [volumes.listVolumesRequest, volumes.listVolumesResponse],
  getCapacity: [volumes.getCapacityRequest, volumes.getCapacityResponse],
  controllerGetCapabilities: [volumes.empty, volumes.controllerGetCapabilitiesResponse],
  createSnapshot: [snapshots.createSnapshotRequest, snapshots.snapshotResponse],
  deleteSnapshot: [snapshots.snapshotRequest, volumes.empty],
  listSnapshots: [snapshots.listSnapshotsRequest, snapshots.listSnapshotsResponse],
  getSnapshot: [snapshots.snapshotRequest, snapshots.snapshotResponse],
  controllerExpandVolume: [volumes.controllerExpandVolumeRequest, volumes.controllerExpandVolumeResponse],
  controllerGetVolume: [volumes.controllerGetVolumeRequest, volumes.controllerGetVolumeResponse],
  controllerModifyVolume: [volumes.controllerModifyVolumeRequest, volumes.empty],
};

const node: Methods<NodeService> = {
  nodeStageVolume: [nodes.nodeStageVolumeRequest, volumes.empty],
  nodeUnstageVolume: [nodes.nodeUnstageVolumeRequest, volumes.empty],
  nodePublishVolume: [nodes.nodePublishVolumeRequest, volumes.empty],
  nodeUnpublishVolume: [nodes.nodeUnpublishVolumeRequest, volumes.empty],
  nodeGetVolumeStats: [nodes.nodeGetVolumeStatsRequest, nodes.nodeGetVolumeStatsResponse],
  nodeExpandVolume: [nodes.nodeExpandVolumeRequest, nodes.nodeExpandVolumeResponse],
  nodeGetCapabilities: [volumes.empty, nodes.nodeGetCapabilitiesResponse],
  nodeGetInfo: [volumes.empty, nodes.nodeGetInfoResponse],
};

const revokeRequest = message<RevokeRequest>('RevokeRequest', {
  volumeId: string(1),
  nodeId: string(2),
  epoch: int64(3),
});

const revokeResponse = message<RevokeResponse>('RevokeResponse', {
  epoch: int64(1),
  drained: bool(2),
  device: string(3),
  revokedAt: string(4),
  offered: bool(5),
});

const fence: Methods<FenceService> = { revoke: [revokeRequest, revokeResponse] };

export const identityDefinition = define('csi.v1.Identity', identity);
export const controllerDefinition = define('csi.v1.Controller', controller);
export const nodeDefinition = define('csi.v1.Node', node);
export const fenceDefinition = define('amarre.csi.v1.Fence', fence);

/** A gRPC service definition whose keys are our method names and whose paths are the protocol's. */
function define<Service>(service: string, methods: Methods<Service>): ServiceDefinition {
  const entries = Object.entries<readonly [Message<unknown>, Message<unknown>]>(methods);
  return Object.fromEntries(
    entries.map(([name, [request, response]]) => [
      name,
      {
        path: `/${service}/${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: unknown) => Buffer.from(request.encode(value)),
        requestDeserialize: (bytes: Buffer) => request.decode(bytes),
        responseSerialize: (value: unknown) => Buffer.from(response.encode(value)),
        responseDeserialize: (bytes: Buffer) => response.decode(bytes),
      },
    ]),
  );
}
