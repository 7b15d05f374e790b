// Which names do configurations of admission have that the API had better not manage? Source:
// pkg/apis/admissionregistration/validation WarningsForStaticSuffix.

import type { KubeObject } from '../../apimachinery/meta.ts';

const suffix = '.static.k8s.io';

export function warnReservedName({ metadata }: KubeObject): string[] {
  if (!metadata.name.endsWith(suffix)) return [];
  const why = 'reserved for static manifest-based configurations and cannot be managed via the API';
  return [`metadata.name: names ending with "${suffix}" are ${why}`];
}
