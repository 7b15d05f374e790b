// Does a node match a node selector? Models k8s.io/component-helpers/scheduling/corev1/nodeaffinity.

import { ownField } from '../../apimachinery/json-fields.ts';
import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from './generated/v1.ts';

/** Terms are alternatives; an empty term, or none at all, matches nothing. An absent selector matches everything. */
export function matchesNodeSelector(node: Node, selector: NodeSelector | undefined): boolean {
  return selector === undefined || selector.nodeSelectorTerms.some((term) => matchesTerm(node, term));
}

function matchesTerm({ metadata }: Node, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => meets(requirement, ownField(metadata.labels, requirement.key))) &&
    // The only field there is.
    matchFields.every((requirement) => requirement.key === 'metadata.name' && meets(requirement, metadata.name))
  );
}

function meets({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
