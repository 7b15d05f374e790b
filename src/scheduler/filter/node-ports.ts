// Are the pod's ports free on the node? Pods share their node's network, so every container port counts,
// where plugins/nodeports counts host ports only.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { type Filter, podsOn } from '../view.ts';

export const nodePorts: Filter = ({ pod, node, cluster }) => {
  const wanted = new Set(portsOf(pod));
  const isTaken = podsOn({ node, cluster }).some((other) => portsOf(other).some((port) => wanted.has(port)));
  return isTaken ? ["node(s) didn't have free ports for the requested pod ports"] : [];
};

/** `TCP/5432`. */
function portsOf({ spec }: Pod): string[] {
  return (spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports.map(({ protocol = 'TCP', containerPort }) => `${protocol}/${containerPort}`),
  );
}
