// Which volumes should a node's status report as attached?

import type { AttachedVolume, Node } from '../../apis/core/generated/v1.ts';
import { isAttached, uniqueVolumeName } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';

export interface NodeStatusView {
  node: Node;
  /** Attachments to this node, each with its volume's handle. */
  attachments: { attachment: VolumeAttachment; volumeHandle: string }[];
}

export type NodeStep = { type: 'Settled' } | { type: 'ReportAttached'; volumesAttached: AttachedVolume[] };

/** A volume leaves the list before it is detached, so that the agent stops relying on it in time. */
export function reconcileNode({ node, attachments }: NodeStatusView): NodeStep {
  const volumesAttached = attachments
    .filter(({ attachment }) => isAttached(attachment) && !attachment.metadata.deletionTimestamp)
    .map(({ attachment, volumeHandle }) => ({
      name: uniqueVolumeName(attachment.spec.attacher, volumeHandle),
      devicePath: attachment.status?.attachmentMetadata?.['devicePath'] ?? '',
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const reported = [...(node.status?.volumesAttached ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  const isSame =
    reported.length === volumesAttached.length &&
    reported.every(({ name, devicePath }, index) => {
      const wanted = volumesAttached[index];
      return name === wanted?.name && devicePath === wanted.devicePath;
    });
  return isSame ? { type: 'Settled' } : { type: 'ReportAttached', volumesAttached };
}
