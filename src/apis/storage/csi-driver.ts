// What is a CSI driver to the API server?

import { invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, booleanColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { csiDrivers } from '../resources.ts';
import type { CSIDriver } from './generated/v1.ts';

const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];

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
    spec.fsGroupPolicy ||= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validateCreate: validateDriver,
  validateUpdate: (object, old) => {
    const causes = validateDriver(object);
    for (const field of ['attachRequired', 'volumeLifecycleModes'] as const) {
      const isSame = JSON.stringify(object.spec[field]) === JSON.stringify(old.spec[field]);
      if (!isSame) causes.push(invalidValue(`spec.${field}`, object.spec[field], 'field is immutable'));
    }
    return causes;
  },
});

function validateDriver({ metadata, spec }: CSIDriver): StatusCause[] {
  const causes: StatusCause[] = [];
  if (metadata.name.length > 63)
    causes.push(invalidValue('metadata.name', metadata.name, 'must be no more than 63 bytes'));
  if (spec.fsGroupPolicy && !fsGroupPolicies.includes(spec.fsGroupPolicy)) {
    causes.push(notSupported('spec.fsGroupPolicy', spec.fsGroupPolicy, fsGroupPolicies));
  }
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (mode === 'Persistent' || mode === 'Ephemeral') continue;
    causes.push(notSupported('spec.volumeLifecycleModes', mode, ['Ephemeral', 'Persistent']));
  }
  return causes;
}
