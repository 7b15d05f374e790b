// Which messages do CSI drivers and their callers exchange? csi.v1 (specification 1.12), in TypeScript.
//
// Names are the protocol's in lowerCamelCase, enums are their protocol names, int64 is a number (safe up to
// 2^53), maps are records. A decoded message has every scalar, list and map filled in with its zero value;
// only messages and wrapped values may be absent. What is sent may leave anything out: see `Outgoing`.

/** A message as its sender writes it: whatever is left out has its zero value. */
export type Outgoing<T> = T extends readonly (infer Item)[]
  ? Outgoing<Item>[]
  : T extends object
    ? string extends keyof T
      ? T
      : { [K in keyof T]?: Outgoing<T[K]> }
    : T;

export type Empty = Record<never, never>;

export interface Timestamp {
  /** Seconds since the Unix epoch. */
  seconds: number;
  nanos: number;
}

// Identity

export interface GetPluginInfoResponse {
  /** Domain name notation: `local.csi.amarre.io`. */
  name: string;
  vendorVersion: string;
  manifest: Record<string, string>;
}

export type PluginServiceType =
  | 'UNKNOWN'
  | 'CONTROLLER_SERVICE'
  | 'VOLUME_ACCESSIBILITY_CONSTRAINTS'
  | 'GROUP_CONTROLLER_SERVICE'
  | 'SNAPSHOT_METADATA_SERVICE';

/** Exactly one of the members is present. */
export interface PluginCapability {
  service?: { type: PluginServiceType };
  volumeExpansion?: { type: 'UNKNOWN' | 'ONLINE' | 'OFFLINE' };
}

export interface GetPluginCapabilitiesResponse {
  capabilities: PluginCapability[];
}

export interface ProbeResponse {
  /** Absent means ready. */
  ready?: boolean;
}

// Volumes

export interface CapacityRange {
  /** Bytes; 0 = not given. */
  requiredBytes: number;
  /** Bytes; 0 = not given. */
  limitBytes: number;
}

export type AccessModeName =
  | 'UNKNOWN'
  | 'SINGLE_NODE_WRITER'
  | 'SINGLE_NODE_READER_ONLY'
  | 'MULTI_NODE_READER_ONLY'
  | 'MULTI_NODE_SINGLE_WRITER'
  | 'MULTI_NODE_MULTI_WRITER'
  | 'SINGLE_NODE_SINGLE_WRITER'
  | 'SINGLE_NODE_MULTI_WRITER';

export interface MountVolume {
  fsType: string;
  mountFlags: string[];
  volumeMountGroup: string;
}

/** Exactly one of `block` and `mount` is present. */
export interface VolumeCapability {
  block?: Empty;
  mount?: MountVolume;
  accessMode?: { mode: AccessModeName };
}

/** Exactly one of the members is present. */
export interface VolumeContentSource {
  snapshot?: { snapshotId: string };
  volume?: { volumeId: string };
}

export interface Topology {
  segments: Record<string, string>;
}

export interface TopologyRequirement {
  requisite: Topology[];
  preferred: Topology[];
}

export interface Volume {
  /** Bytes; 0 = unknown. */
  capacityBytes: number;
  volumeId: string;
  volumeContext: Record<string, string>;
  contentSource?: VolumeContentSource;
  accessibleTopology: Topology[];
}

export interface CreateVolumeRequest {
  name: string;
  capacityRange?: CapacityRange;
  volumeCapabilities: VolumeCapability[];
  parameters: Record<string, string>;
  secrets: Record<string, string>;
  volumeContentSource?: VolumeContentSource;
  accessibilityRequirements?: TopologyRequirement;
  mutableParameters: Record<string, string>;
}

export interface CreateVolumeResponse {
  volume?: Volume;
}

export interface DeleteVolumeRequest {
  volumeId: string;
  secrets: Record<string, string>;
}

export interface ControllerPublishVolumeRequest {
  volumeId: string;
  nodeId: string;
  volumeCapability?: VolumeCapability;
  readonly: boolean;
  secrets: Record<string, string>;
  volumeContext: Record<string, string>;
}

export interface ControllerPublishVolumeResponse {
  publishContext: Record<string, string>;
}

export interface ControllerUnpublishVolumeRequest {
  volumeId: string;
  /** Empty = from every node. */
  nodeId: string;
  secrets: Record<string, string>;
}

export interface ValidateVolumeCapabilitiesRequest {
  volumeId: string;
  volumeContext: Record<string, string>;
  volumeCapabilities: VolumeCapability[];
  parameters: Record<string, string>;
  secrets: Record<string, string>;
  mutableParameters: Record<string, string>;
}

export interface ConfirmedCapabilities {
  volumeContext: Record<string, string>;
  volumeCapabilities: VolumeCapability[];
  parameters: Record<string, string>;
  mutableParameters: Record<string, string>;
}

export interface ValidateVolumeCapabilitiesResponse {
  /** Absent = not supported; `message` says why. */
  confirmed?: ConfirmedCapabilities;
  message: string;
}

export interface ListRequest {
  /** 0 = as many as the driver likes. */
  maxEntries: number;
  startingToken: string;
}

export interface VolumeCondition {
  abnormal: boolean;
  message: string;
}

export interface VolumeStatus {
  publishedNodeIds: string[];
  volumeCondition?: VolumeCondition;
}

export interface ListVolumesResponse {
  entries: { volume?: Volume; status?: VolumeStatus }[];
  nextToken: string;
}

export interface ControllerGetVolumeRequest {
  volumeId: string;
}

export interface ControllerGetVolumeResponse {
  volume?: Volume;
  status?: VolumeStatus;
}

export interface ControllerModifyVolumeRequest {
  volumeId: string;
  secrets: Record<string, string>;
  mutableParameters: Record<string, string>;
}

export interface GetCapacityRequest {
  volumeCapabilities: VolumeCapability[];
  parameters: Record<string, string>;
  accessibleTopology?: Topology;
}

export interface GetCapacityResponse {
  availableCapacity: number;
  maximumVolumeSize?: number;
  minimumVolumeSize?: number;
}

export type ControllerRpcType =
  | 'UNKNOWN'
  | 'CREATE_DELETE_VOLUME'
  | 'PUBLISH_UNPUBLISH_VOLUME'
  | 'LIST_VOLUMES'
  | 'GET_CAPACITY'
  | 'CREATE_DELETE_SNAPSHOT'
  | 'LIST_SNAPSHOTS'
  | 'CLONE_VOLUME'
  | 'PUBLISH_READONLY'
  | 'EXPAND_VOLUME'
  | 'LIST_VOLUMES_PUBLISHED_NODES'
  | 'VOLUME_CONDITION'
  | 'GET_VOLUME'
  | 'SINGLE_NODE_MULTI_WRITER'
  | 'MODIFY_VOLUME'
  | 'GET_SNAPSHOT';

export interface ControllerGetCapabilitiesResponse {
  capabilities: { rpc?: { type: ControllerRpcType } }[];
}

export interface ControllerExpandVolumeRequest {
  volumeId: string;
  capacityRange?: CapacityRange;
  secrets: Record<string, string>;
  volumeCapability?: VolumeCapability;
}

export interface ControllerExpandVolumeResponse {
  capacityBytes: number;
  nodeExpansionRequired: boolean;
}
