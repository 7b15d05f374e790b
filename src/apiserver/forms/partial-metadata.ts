// How does an object look to those who only want its metadata?

import type { KubeObject } from '../../apimachinery/meta.ts';

/** A meta/v1 PartialObjectMetadata. */
export function partialMetadata({ metadata }: KubeObject, version: string): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}
