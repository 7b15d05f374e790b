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
