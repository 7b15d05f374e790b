// From what is a claim's volume filled? Two fields say it, of which each is the other's older or newer spelling, and some
// of what they may say stands behind closed feature gates. Source: pkg/api/persistentvolumeclaim/util.go.

import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from './generated/v1.ts';

/** Takes out what is not served, unless `old` says it already, and lets both fields of `spec` say the same. */
export function settleSources(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec = {}): void {
  // Sources in other namespaces: gate CrossNamespaceVolumeDataSource.
  if (spec.dataSourceRef?.namespace && !old.dataSourceRef) delete spec.dataSourceRef;
  const hadSource = old.dataSource !== undefined || old.dataSourceRef !== undefined;
  const isOnlyOld = spec.dataSource !== undefined && spec.dataSourceRef === undefined;
  if (isOnlyOld && !hadSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  // A namespace has no older spelling.
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...reference } = spec.dataSourceRef;
    spec.dataSource = reference;
  }
}

/** What the older field could name before there was the newer one. */
function isClaimOrSnapshot({ apiGroup, kind }: Partial<TypedLocalObjectReference> = {}): boolean {
  if (!apiGroup) return kind === 'PersistentVolumeClaim';
  return apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot';
}
