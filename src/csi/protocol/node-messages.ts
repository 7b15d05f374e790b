// Which field numbers do the Node messages of csi.v1 have?

import { bool, choice, int64, many, message, one, string, stringMap } from '../../base/protobuf.ts';
import type * as nodes from '../node-types.ts';
import { capacityRange, topology, volumeCapability, volumeCondition } from './messages.ts';

export const nodeStageVolumeRequest = message<nodes.NodeStageVolumeRequest>('NodeStageVolumeRequest', {
  volumeId: string(1),
  publishContext: stringMap(2),
  stagingTargetPath: string(3),
  volumeCapability: one(4, volumeCapability),
  secrets: stringMap(5),
  volumeContext: stringMap(6),
});

export const nodeUnstageVolumeRequest = message<nodes.NodeUnstageVolumeRequest>('NodeUnstageVolumeRequest', {
  volumeId: string(1),
  stagingTargetPath: string(2),
});

export const nodePublishVolumeRequest = message<nodes.NodePublishVolumeRequest>('NodePublishVolumeRequest', {
  volumeId: string(1),
  publishContext: stringMap(2),
  stagingTargetPath: string(3),
  targetPath: string(4),
  volumeCapability: one(5, volumeCapability),
  readonly: bool(6),
  secrets: stringMap(7),
  volumeContext: stringMap(8),
});

export const nodeUnpublishVolumeRequest = message<nodes.NodeUnpublishVolumeRequest>('NodeUnpublishVolumeRequest', {
  volumeId: string(1),
  targetPath: string(2),
});

export const nodeGetVolumeStatsRequest = message<nodes.NodeGetVolumeStatsRequest>('NodeGetVolumeStatsRequest', {
  volumeId: string(1),
  volumePath: string(2),
  stagingTargetPath: string(3),
});

const volumeUsage = message<nodes.VolumeUsage>('VolumeUsage', {
  available: int64(1),
  total: int64(2),
  used: int64(3),
  unit: choice(4, ['UNKNOWN', 'BYTES', 'INODES']),
});

export const nodeGetVolumeStatsResponse = message<nodes.NodeGetVolumeStatsResponse>('NodeGetVolumeStatsResponse', {
  usage: many(1, volumeUsage),
  volumeCondition: one(2, volumeCondition),
});

export const nodeExpandVolumeRequest = message<nodes.NodeExpandVolumeRequest>('NodeExpandVolumeRequest', {
  volumeId: string(1),
  volumePath: string(2),
  capacityRange: one(3, capacityRange),
  stagingTargetPath: string(4),
  volumeCapability: one(5, volumeCapability),
  secrets: stringMap(6),
});

export const nodeExpandVolumeResponse = message<nodes.NodeExpandVolumeResponse>('NodeExpandVolumeResponse', {
  capacityBytes: int64(1),
});

const nodeRpc = message<{ type: nodes.NodeRpcType }>('NodeServiceCapability.RPC', {
  type: choice(1, [
    'UNKNOWN',
    'STAGE_UNSTAGE_VOLUME',
    'GET_VOLUME_STATS',
    'EXPAND_VOLUME',
    'VOLUME_CONDITION',
    'SINGLE_NODE_MULTI_WRITER',
    'VOLUME_MOUNT_GROUP',
  ]),
});

const nodeCapability = message<{ rpc?: { type: nodes.NodeRpcType } }>('NodeServiceCapability', {
  rpc: one(1, nodeRpc),
});

export const nodeGetCapabilitiesResponse = message<nodes.NodeGetCapabilitiesResponse>('NodeGetCapabilitiesResponse', {
  capabilities: many(1, nodeCapability),
});

export const nodeGetInfoResponse = message<nodes.NodeGetInfoResponse>('NodeGetInfoResponse', {
  nodeId: string(1),
  maxVolumesPerNode: int64(2),
  accessibleTopology: one(3, topology),
});
