// Which rules beside its own does an object have to meet, and what do they add to it?

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Operation } from '../registry/context.ts';
import { claimResize } from './claim-resize.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { serviceAddress } from './service-address.ts';

export interface AdmissionRequest {
  verb: 'CREATE' | 'UPDATE' | 'DELETE';
  operation: Operation;
  /** The object as it would be; plugins of the mutating phase may change it. Undefined on DELETE. */
  object: KubeObject | undefined;
  old: KubeObject | undefined;
}

/** Resolves if the request may go on; rejects with StatusError if not. */
export type AdmissionPlugin = (request: AdmissionRequest) => Promise<void> | void;

const mutating: readonly AdmissionPlugin[] = [namespaceLifecycle, nodeRestriction, defaultStorageClass, serviceAddress];
const validating: readonly AdmissionPlugin[] = [claimResize, customResourceDefinition];

/** Runs the plugins of one phase in order. Rejects with the first refusal. */
export async function admit(request: AdmissionRequest, phase: 'mutate' | 'validate'): Promise<void> {
  for (const plugin of phase === 'mutate' ? mutating : validating) await plugin(request);
}
