// What must be so before a pod is made anew?

import { controllerOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { evidence, type Proof } from '../finding.ts';
import { readinessOf } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { kubectl } from './commands.ts';

/** That the node's agent is there to stop the pod in good order. */
export function nodeIsHeard(snapshot: Snapshot, nodeName: string): Proof {
  const node = snapshot.find('nodes', { name: nodeName });
  const found =
    node && readinessOf(node) === 'True' ? evidence(node, 'status.conditions[Ready].status', 'True') : undefined;
  return {
    claim: `${nodeName} is heard, and stops the pod and unmounts its volumes in good order`,
    found,
    howTo: `Look: ${kubectl(['get', 'node', nodeName])}`,
  };
}

/** That something makes the pod again. */
export function podComesBack(pod: Pod): Proof {
  const owner = controllerOf(pod);
  const { namespace, name } = pod.metadata;
  return {
    claim: `a controller makes ${name} again`,
    found: owner && evidence(pod, 'metadata.ownerReferences', `${owner.kind} ${owner.name}`),
    howTo: `Look: ${kubectl(['get', 'pod', name, '-o', 'jsonpath={.metadata.ownerReferences}'], namespace)}`,
  };
}

/** That no volume of the driver is mounted on the node: some drivers' mounts die with their plugin pod. */
export function driverIsIdle(snapshot: Snapshot, driver: string, nodeName: string): Proof {
  const node = snapshot.find('nodes', { name: nodeName });
  const inUse = node?.status?.volumesInUse ?? [];
  const isHeard = node && readinessOf(node) === 'True';
  const isUsed = inUse.some((name) => name.startsWith(`kubernetes.io/csi/${driver}^`));
  return {
    claim: `no volume of ${driver} is mounted on ${nodeName}`,
    found: isHeard && !isUsed ? evidence(node, 'status.volumesInUse', inUse) : undefined,
    howTo: `Look: ${kubectl(['get', 'node', nodeName, '-o', 'jsonpath={.status.volumesInUse}'])}`,
  };
}
