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
  multiAttach: {
    reasons: ['FailedAttachVolume'],
    text: /Multi-Attach error for volume/,
    source: 'kube-controller-manager, attachdetach-controller',
  },
} as const satisfies Record<string, EventText>;
