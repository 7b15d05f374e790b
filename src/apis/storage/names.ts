// Which finalizers and annotations do the storage controllers agree on? Upstream's names, and ours under amarre.io.

/** Finalizers of Kubernetes and its CSI sidecars. */
export const finalizers = {
  claimProtection: 'kubernetes.io/pvc-protection',
  volumeProtection: 'kubernetes.io/pv-protection',
  attributesClassProtection: 'kubernetes.io/vac-protection',
  provisioner: 'external-provisioner.volume.kubernetes.io/finalizer',
  cloningProtection: 'provisioner.storage.kubernetes.io/cloning-protection',
  snapshotBound: 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection',
  snapshotAsSource: 'snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection',
  contentBound: 'snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection',
  claimAsSource: 'snapshot.storage.kubernetes.io/pvc-as-source-protection',
} as const;

/** Annotations of Kubernetes and its CSI sidecars, and our own. */
export const annotations = {
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  boundByController: 'pv.kubernetes.io/bound-by-controller',
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  storageProvisionerBeta: 'volume.beta.kubernetes.io/storage-provisioner',
  selectedNode: 'volume.kubernetes.io/selected-node',
  storageClassBeta: 'volume.beta.kubernetes.io/storage-class',
  defaultStorageClass: 'storageclass.kubernetes.io/is-default-class',
  defaultSnapshotClass: 'snapshot.storage.kubernetes.io/is-default-class',
  snapshotBeingCreated: 'snapshot.storage.kubernetes.io/volumesnapshot-being-created',
  snapshotBeingDeleted: 'snapshot.storage.kubernetes.io/volumesnapshot-being-deleted',
  allowVolumeModeChange: 'snapshot.storage.kubernetes.io/allow-volume-mode-change',
  attachmentNodeId: 'csi.alpha.kubernetes.io/node-id',
  /** On a VolumeAttachment: the node's boot ID when the attachment was made. Another boot ID is evidence of a reboot. */
  attachmentBootId: 'amarre.io/boot-id',
  /** On a PersistentVolume: how long the driver's CreateVolume call took, in milliseconds, decimal. */
  createVolumeMs: 'amarre.io/create-volume-ms',
  /** On a Node with `Ready=Unknown`: when it was suspected, RFC 3339 with microseconds. */
  /** Who set the taint `node.kubernetes.io/out-of-service`, and when; written by the API server alone. */
  outOfServiceBy: 'amarre.io/out-of-service-by',
  outOfServiceAt: 'amarre.io/out-of-service-at',
  suspectedAt: 'amarre.io/suspected-at',
  /** On a Node whose supervisor's dead-man's switch is armed: after how many milliseconds it kills everything. */
  deadManMs: 'amarre.io/dead-man-ms',
} as const;

/** The provisioner of classes whose volumes are made by hand. */
export const noProvisioner = 'kubernetes.io/no-provisioner';

/** The attacher's finalizer for `driver`: `external-attacher/local-csi-amarre-io`. Rule of kubernetes-csi/external-attacher. */
export function attacherFinalizer(driver: string): string {
  const name = driver.replace(/[^a-zA-Z0-9-]/g, '-');
  return `external-attacher/${name.endsWith('-') ? `${name}X` : name}`;
}
