// How long does a pod stay on a node that is lost? Source: plugin/pkg/admission/defaulttolerationseconds.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { addTolerations } from '../../apis/core/pod-admission.ts';
import type { AdmissionRequest } from './chain.ts';

/** Puts in what a pod does not say about it, whenever it is written. */
export function defaultTolerations({ verb, operation, object }: AdmissionRequest): void {
  if ((verb !== 'CREATE' && verb !== 'UPDATE') || operation.info.subresource !== '') return;
  const { spec } = object as Pod;
  if (spec) addTolerations(spec);
}
