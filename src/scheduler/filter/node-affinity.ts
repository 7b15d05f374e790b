// Is it one of the nodes that the pod asks for? Models plugins/nodename and plugins/nodeaffinity.

import { ownField } from '../../apimachinery/json-fields.ts';
import { matchesNodeSelector } from '../../apis/core/node-selector.ts';
import type { Filter } from '../view.ts';

export const nodeAffinity: Filter = ({ pod, node }) => {
  const labels = node.metadata.labels ?? {};
  const isSelected = Object.entries(pod.spec?.nodeSelector ?? {}).every(
    ([key, value]) => ownField(labels, key) === value,
  );
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matches = isSelected && matchesNodeSelector(node, required);
  return matches ? [] : ["node(s) didn't match Pod's node affinity/selector"];
};
