// How is a node that is off given up, so that its pods and volumes go elsewhere at once?

import { outOfServiceTaint } from '../../apis/core/taints.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import type { Action } from '../finding.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { guarded } from './actions.ts';
import { commandLine } from './commands.ts';
import { nodeIsFenced } from './proofs.ts';

/** Sets the taint, once it is proven that the node can't write any more. */
export function takeOutOfService(
  snapshot: Snapshot,
  nodeName: string,
  attachments: readonly VolumeAttachment[],
): Action {
  return guarded(
    {
      title: 'Take the node out of service',
      why: 'Its pods are deleted and its volumes detached at once; the applications start elsewhere.',
      commands: [commandLine('kubectl', 'taint', 'node', nodeName, `${outOfServiceTaint}=nodeshutdown:NoExecute`)],
    },
    [nodeIsFenced(snapshot, nodeName, attachments)],
  );
}
