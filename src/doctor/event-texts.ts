// Which event texts support which finding? Texts drift between versions, so each row says since when it is so.
// Rules judge status fields first; a text alone never makes an action safe.

export interface EventText {
  reasons: readonly string[];
  text: RegExp;
  /** First and last Kubernetes minor version with this text, as far as known. */
  since?: string;
  until?: string;
  /** Which component writes it. */
  source: string;
}

export const eventTexts = {
  noClass: {
    reasons: ['FailedBinding'],
    text: /no persistent volumes available for this claim and no storage class is set/,
    source: 'kube-controller-manager, persistentvolume-controller',
  },
  waitsForConsumer: {
    reasons: ['WaitForFirstConsumer'],
    text: /waiting for first consumer to be created before binding/,
    source: 'kube-controller-manager, persistentvolume-controller',
  },
  waitsForProvisioner: {
    reasons: ['ExternalProvisioning'],
    text: /[Ww]aiting for a volume to be created/,
    source: 'kube-controller-manager, persistentvolume-controller',
  },
  /** Any word of the provisioner itself: it lives. */
  provisionerSpoke: {
    reasons: ['Provisioning', 'ProvisioningFailed', 'ProvisioningSucceeded'],
    text: /./,
    source: 'external-provisioner',
  },
  provisioningFailed: {
    reasons: ['ProvisioningFailed'],
    text: /./,
    source: 'external-provisioner',
  },
  accessModeRefused: {
    reasons: ['ProvisioningFailed'],
    text: /MULTI_NODE_(MULTI|SINGLE)_WRITER|MULTI_NODE_READER_ONLY|Only AccessModes\[/,
    source: 'CSI drivers of block storage, by way of external-provisioner',
  },
  selectorRefused: {
    reasons: ['ProvisioningFailed'],
    text: /claim Selector is not supported/,
    source: 'external-provisioner',
  },
  noTopologyKey: {
    reasons: ['ProvisioningFailed'],
    text: /no topology key found on CSINode/,
    source: 'external-provisioner',
  },
  sourceRefused: {
    reasons: ['ProvisioningFailed'],
    text: /is less than the size .* for the source|modifies the mode of the source volume/,
    source: 'external-provisioner',
  },
  misbound: {
    reasons: ['ClaimMisbound', 'ClaimLost', 'FailedBinding', 'VolumeMismatch'],
    text: /./,
    source: 'kube-controller-manager, persistentvolume-controller',
  },
  unmountedVolumes: {
    reasons: ['FailedMount'],
    text: /Unable to attach or mount volumes: unmounted volumes=\[/,
    source: 'kubelet',
  },
  volumeAbnormal: {
    reasons: ['VolumeConditionAbnormal'],
    text: /./,
    source: 'external-health-monitor and kubelet, CSIVolumeHealth',
  },
  multiAttach: {
    reasons: ['FailedAttachVolume'],
    text: /Multi-Attach error for volume/,
    source: 'kube-controller-manager, attachdetach-controller',
  },
  driverNotRegistered: {
    reasons: ['FailedMount', 'FailedMapVolume'],
    text: /driver name \S+ not found in the list of registered CSI drivers/,
    source: 'kubelet, csi plugin',
  },
  fsckFailed: {
    reasons: ['FailedMount'],
    text: /'?fsck'? found errors on device|UNEXPECTED INCONSISTENCY/i,
    source: 'k8s.io/mount-utils, mount_linux.go',
  },
  wrongFileSystem: {
    reasons: ['FailedMount'],
    text: /it already contains .+\. Mount error|wrong fs type, bad option, bad superblock|holds no \w+ file system/,
    source: 'k8s.io/mount-utils, mount_linux.go; mount(8); local.csi.amarre.io',
  },
  accessDenied: {
    reasons: ['FailedMount', 'FailedMapVolume', 'FailedAttachVolume'],
    text: /code = (Unauthenticated|PermissionDenied)|[Aa]uthenticat\w+ (failed|error)|access denied|[Ii]nvalid credentials/,
    source: 'CSI drivers, passed on by the kubelet',
  },
  secretMissing: {
    reasons: ['FailedMount', 'FailedMapVolume', 'FailedAttachVolume'],
    text: /secrets? "?[\w./-]+"? not found/,
    source: 'kubelet, csi plugin',
  },
  operationPending: {
    reasons: ['FailedMount', 'FailedMapVolume', 'FailedAttachVolume', 'ProvisioningFailed', 'VolumeResizeFailed'],
    text: /an operation with the given Volume ID \S+ already exists/i,
    source: 'ceph-csi and most drivers; CSI: error code ABORTED',
  },
  ownershipSlow: {
    reasons: ['VolumePermissionChangeInProgress'],
    text: /Setting volume ownership for/,
    since: '1.33',
    source: 'kubelet, volume_linux.go',
  },
  labelConflict: {
    reasons: ['SELinuxLabelConflict', 'SELinuxChangePolicyConflict'],
    text: /conflicts with pod/,
    since: '1.32',
    source: 'kube-controller-manager, selinux-warning-controller',
  },
  staleHandle: {
    reasons: ['FailedMount', 'Failed', 'FailedKillPod', 'FailedUnmount'],
    text: /[Ss]tale (NFS )?file handle/,
    source: 'kubelet, passing on ESTALE',
  },
  serverUnreachable: {
    reasons: ['FailedMount'],
    text: /mount\.nfs4?: .*(timed out|No route to host|Connection refused|Host is down)/,
    source: 'mount.nfs(8), passed on by the kubelet',
  },
  remountedReadOnly: {
    reasons: ['FilesystemIsReadOnly', 'XFSFilesystemReadOnly', 'Ext4Error', 'IOError'],
    text: /[Rr]emounting filesystem read-only|filesystem is now read-only|EXT4-fs error|I\/O error/,
    source: 'node-problem-detector, kernel monitor',
  },
  externalExpanding: {
    reasons: ['ExternalExpanding'],
    text: /waiting for an external controller to expand this PVC/,
    source: 'kube-controller-manager, volume expand controller',
  },
  resizeFailed: {
    reasons: ['VolumeResizeFailed', 'VolumeModifyFailed'],
    text: /.*/s,
    source: 'external-resizer, kubelet',
  },
  shrinkRefused: {
    reasons: [],
    text: /field can not be less than (status\.capacity|previous value)/,
    source: 'kube-apiserver, passed on by whoever asked: GitOps tools, operators, Helm controllers',
  },
} as const satisfies Record<string, EventText>;
