// Which CSI capability does a volume need? The mapping of Kubernetes access modes and volume modes
// to csi.v1 VolumeCapability, as external-provisioner and external-attacher make it.

/** The csi.v1 names that Kubernetes access modes map to. */
export type CsiAccessMode =
  | 'SINGLE_NODE_WRITER'
  | 'SINGLE_NODE_SINGLE_WRITER'
  | 'SINGLE_NODE_MULTI_WRITER'
  | 'MULTI_NODE_READER_ONLY'
  | 'MULTI_NODE_MULTI_WRITER';

/** Structurally csi.v1 VolumeCapability. */
export interface NeededCapability {
  block?: Record<never, never>;
  mount?: { fsType: string; mountFlags: string[] };
  accessMode: { mode: CsiAccessMode };
}

export interface CapabilityOptions {
  /** `ReadWriteOnce`, `ReadOnlyMany`, `ReadWriteMany`, `ReadWriteOncePod`. */
  accessModes: string[];
  volumeMode: string;
  fsType?: string | undefined;
  mountOptions?: string[] | undefined;
  /** Does the driver have the capability SINGLE_NODE_MULTI_WRITER? */
  hasSingleNodeMultiWriter: boolean;
}

/** One capability per access mode asked for, in the order of the claim. */
export function capabilitiesFor(options: CapabilityOptions): NeededCapability[] {
  return options.accessModes.map((mode) => capability(csiAccessMode(mode, options), options));
}

/** The one capability of an attach or expand call: the widest access mode of the volume. */
export function capabilityFor(options: CapabilityOptions): NeededCapability {
  const widest = ['ReadWriteMany', 'ReadOnlyMany', 'ReadWriteOnce', 'ReadWriteOncePod'].find((mode) =>
    options.accessModes.includes(mode),
  );
  return capability(csiAccessMode(widest ?? 'ReadWriteOnce', options), options);
}

function capability(mode: CsiAccessMode, { volumeMode, fsType, mountOptions }: CapabilityOptions): NeededCapability {
  const accessMode = { mode };
  if (volumeMode === 'Block') return { block: {}, accessMode };
  return { mount: { fsType: fsType ?? '', mountFlags: mountOptions ?? [] }, accessMode };
}

function csiAccessMode(mode: string, { hasSingleNodeMultiWriter }: CapabilityOptions): CsiAccessMode {
  switch (mode) {
    case 'ReadWriteMany':
      return 'MULTI_NODE_MULTI_WRITER';
    case 'ReadOnlyMany':
      return 'MULTI_NODE_READER_ONLY';
    case 'ReadWriteOncePod':
      return hasSingleNodeMultiWriter ? 'SINGLE_NODE_SINGLE_WRITER' : 'SINGLE_NODE_WRITER';
    default:
      return hasSingleNodeMultiWriter ? 'SINGLE_NODE_MULTI_WRITER' : 'SINGLE_NODE_WRITER';
  }
}
