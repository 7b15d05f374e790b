// What is a CSI driver to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { ageColumn, booleanColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { csiDrivers } from '../resources.ts';
import { validateDriver, validateDriverUpdate } from './csi-driver-validation.ts';
import type { CSIDriver } from './generated/v1.ts';

export const csiDriver = defineResource<CSIDriver>({
  resource: csiDrivers,
  listKind: 'CSIDriverList',
  singular: 'csidriver',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.storage.v1.CSIDriver',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: true,
  columns: [
    nameColumn(),
    booleanColumn('AttachRequired', ({ spec }) => spec.attachRequired ?? true),
    booleanColumn('PodInfoOnMount', ({ spec }) => spec.podInfoOnMount ?? false),
    booleanColumn('StorageCapacity', ({ spec }) => spec.storageCapacity ?? false),
    column('TokenRequests', ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>'),
    booleanColumn('RequiresRepublish', ({ spec }) => spec.requiresRepublish ?? false),
    column('Modes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>'),
    ageColumn(),
  ],
  selectableFields: {},
  applyDefaults: (object) => {
    const spec = (object.spec ??= {});
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  prepareForCreate: (object) => {
    // It counts changes, not states: a driver that was never changed has none.
    delete object.metadata.generation;
    withoutClosedGates(object);
  },
  prepareForUpdate: (object, { spec: old }) => {
    if (old.preventPodSchedulingIfMissing === undefined) withoutClosedGates(object);
  },
  validateCreate: validateDriver,
  validateUpdate: validateDriverUpdate,
  warnings: driverWarnings,
});

const tokensInSecrets =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes';

/** Source: pkg/registry/storage/csidriver. */
function driverWarnings({ spec }: CSIDriver, old?: CSIDriver): string[] {
  if (!spec.tokenRequests?.length || spec.serviceAccountTokenInSecrets !== undefined) return [];
  return old && semanticallyEqual(spec.tokenRequests, old.spec.tokenRequests) ? [] : [tokensInSecrets];
}

/** Gate CSIDriverPreventPodScheduling. */
function withoutClosedGates({ spec }: CSIDriver): void {
  delete spec.preventPodSchedulingIfMissing;
}
