// Which priority classes has every cluster? Source: pkg/apis/scheduling/v1/helpers.go.

export interface SystemPriorityClass {
  name: string;
  value: number;
  description: string;
}

export const systemPriorityClasses: readonly SystemPriorityClass[] = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** The value of the class of this name; undefined if there is no such class. */
export function systemPriority(name: string): number | undefined {
  return systemPriorityClasses.find((each) => each.name === name)?.value;
}
