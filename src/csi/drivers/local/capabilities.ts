// What can the driver do, and with which volume capabilities? Pure.

import { RpcError } from '../../rpc-error.ts';
import type { AccessModeName, ControllerRpcType, PluginCapability, VolumeCapability } from '../../types.ts';
import type { VolumeRecord } from './record.ts';

// Folders are published by links, and nothing tells how many there are: so no promise of a single writer there.
const supportedModes: Record<'block' | 'directory', AccessModeName[]> = {
  block: ['SINGLE_NODE_WRITER', 'SINGLE_NODE_READER_ONLY', 'SINGLE_NODE_SINGLE_WRITER', 'SINGLE_NODE_MULTI_WRITER'],
  directory: ['SINGLE_NODE_WRITER', 'SINGLE_NODE_READER_ONLY'],
};

const always: ControllerRpcType[] = [
  'CREATE_DELETE_VOLUME',
  'PUBLISH_UNPUBLISH_VOLUME',
  'LIST_VOLUMES',
  'LIST_VOLUMES_PUBLISHED_NODES',
  'GET_CAPACITY',
  'CREATE_DELETE_SNAPSHOT',
  'LIST_SNAPSHOTS',
  'GET_SNAPSHOT',
  'CLONE_VOLUME',
  'GET_VOLUME',
];

export function controllerCapabilities(mode: 'block' | 'directory'): ControllerRpcType[] {
  return mode === 'block' ? [...always, 'EXPAND_VOLUME', 'SINGLE_NODE_MULTI_WRITER'] : always;
}

export function pluginCapabilities(mode: 'block' | 'directory'): PluginCapability[] {
  return [
    { service: { type: 'CONTROLLER_SERVICE' } },
    { service: { type: 'VOLUME_ACCESSIBILITY_CONSTRAINTS' } },
    ...(mode === 'block' ? [{ volumeExpansion: { type: 'ONLINE' as const } }] : []),
  ];
}

/** Why this driver can't give a volume that way, or undefined. Throws INVALID_ARGUMENT when the request is incomplete. */
export function whyUnsupported(
  capability: VolumeCapability | undefined,
  mode: 'block' | 'directory',
): string | undefined {
  if (!capability?.accessMode || (!capability.block && !capability.mount)) {
    throw new RpcError('INVALID_ARGUMENT', 'volume_capability with an access type and an access mode is required');
  }
  const accessMode = capability.accessMode.mode;
  if (!supportedModes[mode].includes(accessMode)) {
    return `Access mode ${accessMode} is not supported, only ${supportedModes[mode].join(', ')}`;
  }
  if (capability.block && mode === 'directory') return 'Block volumes are not supported: there are no loop devices';
  const fsType = capability.mount?.fsType ?? '';
  if (fsType !== '' && fsType !== 'xfs') return `File system ${fsType} is not supported, only xfs`;
  return undefined;
}

/** Throws INVALID_ARGUMENT unless every capability is one that a new volume can have. Returns what it will be. */
export function volumeModeOf(capabilities: VolumeCapability[], mode: 'block' | 'directory'): 'mount' | 'block' {
  if (capabilities.length === 0) throw new RpcError('INVALID_ARGUMENT', 'volume_capabilities are required');
  for (const capability of capabilities) {
    const why = whyUnsupported(capability, mode);
    if (why) throw new RpcError('INVALID_ARGUMENT', why);
  }
  // A file system is made for whoever may want one; a raw volume is one that nobody will mount.
  return capabilities.every(({ block }) => block) ? 'block' : 'mount';
}

/** Why this volume can't be used that way, or undefined. */
export function whyIncompatible(
  record: VolumeRecord,
  capability: VolumeCapability | undefined,
  mode: 'block' | 'directory',
): string | undefined {
  const why = whyUnsupported(capability, mode);
  if (why) return why;
  if (capability?.mount && record.volumeMode === 'block')
    return `Volume ${record.volumeId} is a raw block volume without a file system`;
  return undefined;
}
