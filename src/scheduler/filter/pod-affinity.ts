// May the pod stand beside the others? The required part of plugins/interpodaffinity.

import { ownField } from '../../apimachinery/json-fields.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { Node, Pod, PodAffinityTerm } from '../../apis/core/generated/v1.ts';
import type { Candidate, Cluster, Filter } from '../view.ts';

export const podAffinity: Filter = (candidate) => {
  const { pod, node, cluster } = candidate;
  const required = requiredTerms(pod, 'podAffinity');
  if (!required.every((term) => isNear(candidate, term))) return ["node(s) didn't match pod affinity rules"];
  const isRefused = requiredTerms(pod, 'podAntiAffinity').some((term) => hasMatch(candidate, term));
  if (isRefused) return ["node(s) didn't match pod anti-affinity rules"];
  // Those that are there may not want the newcomer either.
  const isUnwanted = placed(cluster).some(({ pod: other, node: otherNode }) =>
    requiredTerms(other, 'podAntiAffinity').some(
      (term) => matches(pod, { term, owner: other }) && isSameDomain({ node, otherNode }, term),
    ),
  );
  return isUnwanted ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : [];
};

function requiredTerms({ spec }: Pod, kind: 'podAffinity' | 'podAntiAffinity'): PodAffinityTerm[] {
  return spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** The first pod of a group that wants to be near its own kind has nobody to be near. */
function isNear(candidate: Candidate, term: PodAffinityTerm): boolean {
  if (hasMatch(candidate, term)) return true;
  const { pod, cluster } = candidate;
  const isFirst = !placed(cluster).some(({ pod: other }) => matches(other, { term, owner: pod }));
  return isFirst && matches(pod, { term, owner: pod });
}

function hasMatch({ pod, node, cluster }: Candidate, term: PodAffinityTerm): boolean {
  return placed(cluster).some(
    ({ pod: other, node: otherNode }) =>
      matches(other, { term, owner: pod }) && isSameDomain({ node, otherNode }, term),
  );
}

function matches({ metadata }: Pod, { term, owner }: { term: PodAffinityTerm; owner: Pod }): boolean {
  // A namespace selector would need the namespaces' labels; an empty one means all namespaces.
  const isNamespace =
    term.namespaceSelector !== undefined ||
    (term.namespaces?.length ? term.namespaces : [owner.metadata.namespace]).includes(metadata.namespace ?? '');
  return isNamespace && matchesLabelSelector(term.labelSelector, metadata.labels);
}

function isSameDomain({ node, otherNode }: { node: Node; otherNode: Node }, { topologyKey }: PodAffinityTerm): boolean {
  const domain = ownField(node.metadata.labels, topologyKey);
  return domain !== undefined && domain === ownField(otherNode.metadata.labels, topologyKey);
}

function placed({ nodes, podsByNode }: Cluster): { pod: Pod; node: Node }[] {
  return nodes.flatMap((node) => (podsByNode.get(node.metadata.name) ?? []).map((pod) => ({ pod, node })));
}
