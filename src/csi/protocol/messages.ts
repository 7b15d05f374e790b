// Which field numbers do csi.v1's messages have? Identity, and the volume part of Controller.

import {
  bool,
  choice,
  int32,
  int64,
  many,
  message,
  one,
  string,
  stringMap,
  strings,
  wrapped,
} from '../../base/protobuf.ts';
import type * as csi from '../types.ts';

export const empty = message<csi.Empty>('Empty', {});

export const getPluginInfoResponse = message<csi.GetPluginInfoResponse>('GetPluginInfoResponse', {
  name: string(1),
  vendorVersion: string(2),
  manifest: stringMap(3),
});

const pluginService = message<{ type: csi.PluginServiceType }>('PluginCapability.Service', {
  type: choice(1, [
    'UNKNOWN',
    'CONTROLLER_SERVICE',
    'VOLUME_ACCESSIBILITY_CONSTRAINTS',
    'GROUP_CONTROLLER_SERVICE',
    'SNAPSHOT_METADATA_SERVICE',
  ]),
});

const volumeExpansion = message<{ type: 'UNKNOWN' | 'ONLINE' | 'OFFLINE' }>('PluginCapability.VolumeExpansion', {
  type: choice(1, ['UNKNOWN', 'ONLINE', 'OFFLINE']),
});

const pluginCapability = message<csi.PluginCapability>('PluginCapability', {
  service: one(1, pluginService),
  volumeExpansion: one(2, volumeExpansion),
});

export const getPluginCapabilitiesResponse = message<csi.GetPluginCapabilitiesResponse>(
  'GetPluginCapabilitiesResponse',
  { capabilities: many(1, pluginCapability) },
);

export const probeResponse = message<csi.ProbeResponse>('ProbeResponse', { ready: wrapped(1, bool) });

export const capacityRange = message<csi.CapacityRange>('CapacityRange', {
  requiredBytes: int64(1),
  limitBytes: int64(2),
});

const mountVolume = message<csi.MountVolume>('VolumeCapability.MountVolume', {
  fsType: string(1),
  mountFlags: strings(2),
  volumeMountGroup: string(3),
});

const accessMode = message<{ mode: csi.AccessModeName }>('VolumeCapability.AccessMode', {
  mode: choice(1, [
    'UNKNOWN',
    'SINGLE_NODE_WRITER',
    'SINGLE_NODE_READER_ONLY',
    'MULTI_NODE_READER_ONLY',
    'MULTI_NODE_SINGLE_WRITER',
    'MULTI_NODE_MULTI_WRITER',
    'SINGLE_NODE_SINGLE_WRITER',
    'SINGLE_NODE_MULTI_WRITER',
  ]),
});

export const volumeCapability = message<csi.VolumeCapability>('VolumeCapability', {
  block: one(1, empty),
  mount: one(2, mountVolume),
  accessMode: one(3, accessMode),
});

const volumeContentSource = message<csi.VolumeContentSource>('VolumeContentSource', {
  snapshot: one(1, message<{ snapshotId: string }>('SnapshotSource', { snapshotId: string(1) })),
  volume: one(2, message<{ volumeId: string }>('VolumeSource', { volumeId: string(1) })),
});

export const topology = message<csi.Topology>('Topology', { segments: stringMap(1) });

const topologyRequirement = message<csi.TopologyRequirement>('TopologyRequirement', {
  requisite: many(1, topology),
  preferred: many(2, topology),
});

const volume = message<csi.Volume>('Volume', {
  capacityBytes: int64(1),
  volumeId: string(2),
  volumeContext: stringMap(3),
  contentSource: one(4, volumeContentSource),
  accessibleTopology: many(5, topology),
});

export const createVolumeRequest = message<csi.CreateVolumeRequest>('CreateVolumeRequest', {
  name: string(1),
  capacityRange: one(2, capacityRange),
  volumeCapabilities: many(3, volumeCapability),
  parameters: stringMap(4),
  secrets: stringMap(5),
  volumeContentSource: one(6, volumeContentSource),
  accessibilityRequirements: one(7, topologyRequirement),
  mutableParameters: stringMap(8),
});

export const createVolumeResponse = message<csi.CreateVolumeResponse>('CreateVolumeResponse', {
  volume: one(1, volume),
});

export const deleteVolumeRequest = message<csi.DeleteVolumeRequest>('DeleteVolumeRequest', {
  volumeId: string(1),
  secrets: stringMap(2),
});

export const controllerPublishVolumeRequest = message<csi.ControllerPublishVolumeRequest>(
  'ControllerPublishVolumeRequest',
  {
    volumeId: string(1),
    nodeId: string(2),
    volumeCapability: one(3, volumeCapability),
    readonly: bool(4),
    secrets: stringMap(5),
    volumeContext: stringMap(6),
  },
);

export const controllerPublishVolumeResponse = message<csi.ControllerPublishVolumeResponse>(
  'ControllerPublishVolumeResponse',
  { publishContext: stringMap(1) },
);

export const controllerUnpublishVolumeRequest = message<csi.ControllerUnpublishVolumeRequest>(
  'ControllerUnpublishVolumeRequest',
  { volumeId: string(1), nodeId: string(2), secrets: stringMap(3) },
);

export const validateVolumeCapabilitiesRequest = message<csi.ValidateVolumeCapabilitiesRequest>(
  'ValidateVolumeCapabilitiesRequest',
  {
    volumeId: string(1),
    volumeContext: stringMap(2),
    volumeCapabilities: many(3, volumeCapability),
    parameters: stringMap(4),
    secrets: stringMap(5),
    mutableParameters: stringMap(6),
  },
);

const confirmedCapabilities = message<csi.ConfirmedCapabilities>('ValidateVolumeCapabilitiesResponse.Confirmed', {
  volumeContext: stringMap(1),
  volumeCapabilities: many(2, volumeCapability),
  parameters: stringMap(3),
  mutableParameters: stringMap(4),
});

export const validateVolumeCapabilitiesResponse = message<csi.ValidateVolumeCapabilitiesResponse>(
  'ValidateVolumeCapabilitiesResponse',
  { confirmed: one(1, confirmedCapabilities), message: string(2) },
);

export const listVolumesRequest = message<csi.ListRequest>('ListVolumesRequest', {
  maxEntries: int32(1),
  startingToken: string(2),
});

export const volumeCondition = message<csi.VolumeCondition>('VolumeCondition', {
  abnormal: bool(1),
  message: string(2),
});

const volumeStatus = message<csi.VolumeStatus>('VolumeStatus', {
  publishedNodeIds: strings(1),
  volumeCondition: one(2, volumeCondition),
});

const listVolumesEntry = message<csi.ListVolumesResponse['entries'][number]>('ListVolumesResponse.Entry', {
  volume: one(1, volume),
  status: one(2, volumeStatus),
});

export const listVolumesResponse = message<csi.ListVolumesResponse>('ListVolumesResponse', {
  entries: many(1, listVolumesEntry),
  nextToken: string(2),
});

export const controllerGetVolumeRequest = message<csi.ControllerGetVolumeRequest>('ControllerGetVolumeRequest', {
  volumeId: string(1),
});

export const controllerGetVolumeResponse = message<csi.ControllerGetVolumeResponse>('ControllerGetVolumeResponse', {
  volume: one(1, volume),
  status: one(2, volumeStatus),
});

export const controllerModifyVolumeRequest = message<csi.ControllerModifyVolumeRequest>(
  'ControllerModifyVolumeRequest',
  { volumeId: string(1), secrets: stringMap(2), mutableParameters: stringMap(3) },
);

export const getCapacityRequest = message<csi.GetCapacityRequest>('GetCapacityRequest', {
  volumeCapabilities: many(1, volumeCapability),
  parameters: stringMap(2),
  accessibleTopology: one(3, topology),
});

export const getCapacityResponse = message<csi.GetCapacityResponse>('GetCapacityResponse', {
  availableCapacity: int64(1),
  maximumVolumeSize: wrapped(2, int64),
  minimumVolumeSize: wrapped(3, int64),
});

const controllerRpc = message<{ type: csi.ControllerRpcType }>('ControllerServiceCapability.RPC', {
  type: choice(1, [
    'UNKNOWN',
    'CREATE_DELETE_VOLUME',
    'PUBLISH_UNPUBLISH_VOLUME',
    'LIST_VOLUMES',
    'GET_CAPACITY',
    'CREATE_DELETE_SNAPSHOT',
    'LIST_SNAPSHOTS',
    'CLONE_VOLUME',
    'PUBLISH_READONLY',
    'EXPAND_VOLUME',
    'LIST_VOLUMES_PUBLISHED_NODES',
    'VOLUME_CONDITION',
    'GET_VOLUME',
    'SINGLE_NODE_MULTI_WRITER',
    'MODIFY_VOLUME',
    'GET_SNAPSHOT',
  ]),
});

const controllerCapability = message<{ rpc?: { type: csi.ControllerRpcType } }>('ControllerServiceCapability', {
  rpc: one(1, controllerRpc),
});

export const controllerGetCapabilitiesResponse = message<csi.ControllerGetCapabilitiesResponse>(
  'ControllerGetCapabilitiesResponse',
  { capabilities: many(1, controllerCapability) },
);

export const controllerExpandVolumeRequest = message<csi.ControllerExpandVolumeRequest>(
  'ControllerExpandVolumeRequest',
  {
    volumeId: string(1),
    capacityRange: one(2, capacityRange),
    secrets: stringMap(3),
    volumeCapability: one(4, volumeCapability),
  },
);

export const controllerExpandVolumeResponse = message<csi.ControllerExpandVolumeResponse>(
  'ControllerExpandVolumeResponse',
  { capacityBytes: int64(1), nodeExpansionRequired: bool(2) },
);
