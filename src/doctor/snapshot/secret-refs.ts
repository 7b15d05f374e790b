// Which Secrets does a volume need, and for what?

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { ObjectRef } from '../finding.ts';

const fields = [
  'nodeStageSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
] as const;

export interface SecretUse {
  /** As in `spec.csi.<field>`. */
  field: (typeof fields)[number];
  secret: ObjectRef;
}

export function secretsOfVolume({ spec }: PersistentVolume): SecretUse[] {
  const uses: SecretUse[] = [];
  for (const field of fields) {
    const ref = spec?.csi?.[field];
    if (ref?.name) uses.push({ field, secret: { kind: 'Secret', namespace: ref.namespace ?? '', name: ref.name } });
  }
  return uses;
}
