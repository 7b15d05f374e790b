// Does a claim belong to production? Only where somebody says so: by a label of the claim or of its namespace, or by the namespace's name.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence } from '../finding.ts';
import type { Snapshot } from './snapshot.ts';

const labelKeys = ['environment', 'env', 'stage', 'app.kubernetes.io/environment'];
const labelValues = ['production', 'prod', 'live'];
const namespaceName = /(^|-)prod(uction)?(-|$)/;

/** What says that the claim is of production; undefined if nothing does. */
export function productionMark(snapshot: Snapshot, claim: PersistentVolumeClaim): Evidence | undefined {
  const { namespace = '' } = claim.metadata;
  const marked = labelOf(claim) ?? labelOf(snapshot.find('namespaces', { name: namespace }));
  if (marked) return marked;
  return namespaceName.test(namespace) ? evidence(claim, 'metadata.namespace', namespace) : undefined;
}

function labelOf(object: KubeObject | undefined): Evidence | undefined {
  const labels = object?.metadata.labels ?? {};
  const key = labelKeys.find((each) => labelValues.includes(labels[each]?.toLowerCase() ?? ''));
  return object && key ? evidence(object, `metadata.labels[${key}]`, labels[key]) : undefined;
}
