import { expect, test } from 'vitest';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { StorageClass } from '../storage/generated/v1.ts';
import { unheard } from '../testing.ts';
import { validateClaim, validateClaimUpdate, validateExpansion } from './claim-validation.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus } from './generated/v1.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';

const metadata = { name: 'data', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' };

function claim(
  spec: Partial<PersistentVolumeClaimSpec> = {},
  status: PersistentVolumeClaimStatus = { phase: 'Pending' },
): PersistentVolumeClaim {
  return {
    metadata,
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'fast',
      volumeMode: 'Filesystem',
      ...spec,
    },
    status,
  };
}

const requests = (storage: string) => ({ resources: { requests: { storage } } });
const bound = (capacity: string): PersistentVolumeClaimStatus => ({ phase: 'Bound', capacity: { storage: capacity } });
const lines = (causes: StatusCause[]) => causes.map(({ field, message }) => `${field}: ${message}`);

test.each<{ name: string; claim: PersistentVolumeClaim; want: string[] }>([
  { name: 'whole -> valid', claim: claim(), want: [] },
  {
    name: 'no access mode',
    claim: claim({ accessModes: [] }),
    want: ['spec.accessModes: Required value: at least 1 access mode is required'],
  },
  {
    name: 'unknown access mode',
    claim: claim({ accessModes: ['RWO'] }),
    want: [
      'spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
  },
  {
    name: 'single-pod mode beside another',
    claim: claim({ accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }),
    want: ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
  },
  { name: 'no request', claim: claim({ resources: {} }), want: ['spec.resources[storage]: Required value'] },
  {
    name: 'request of zero',
    claim: claim(requests('0')),
    want: ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  },
  {
    name: 'negative request',
    claim: claim(requests('-1Gi')),
    want: ['spec.resources[storage]: Invalid value: "-1Gi": must be greater than zero'],
  },
  {
    name: 'request that is no amount',
    claim: claim(requests('lots')),
    want: [expect.stringContaining('spec.resources[storage]: Invalid value: "lots": quantities must match')],
  },
  {
    name: 'unknown volume mode',
    claim: claim({ volumeMode: 'Tape' }),
    want: ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
  },
  {
    name: 'bad class name',
    claim: claim({ storageClassName: 'Fast!' }),
    want: [expect.stringContaining('spec.storageClassName: Invalid value: "Fast!": a lowercase RFC 1123 subdomain')],
  },
  { name: 'empty class name -> static binding only', claim: claim({ storageClassName: '' }), want: [] },
  {
    name: 'source without a name',
    claim: claim({ dataSource: { kind: 'PersistentVolumeClaim', name: '' } }),
    want: ['spec.dataSource.name: Required value'],
  },
  {
    name: 'source of another kind in the core group',
    claim: claim({ dataSource: { kind: 'Pod', name: 'p' } }),
    want: [
      'spec.dataSource: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  },
  {
    name: 'two different sources',
    claim: claim({
      dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
      dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' },
    }),
    want: ['spec: Invalid value: {}: must match dataSourceRef'],
  },
])('validateClaim: $name', ({ claim: object, want }) => {
  expect(lines(validateClaim(object))).toEqual(want);
});

/** The message ends with what would change. */
const immutable = expect.stringMatching(
  /^spec: Forbidden: spec is immutable after creation except resources\.requests and volumeAttributesClassName for bound claims\n@@ /,
) as string;
const applied = { ...bound('1Gi'), currentVolumeAttributesClassName: 'a' };
const beta = 'volume.beta.kubernetes.io/storage-class';
const annotated = (name: string, spec: PersistentVolumeClaim['spec']): PersistentVolumeClaim => ({
  ...claim(spec),
  metadata: { ...metadata, annotations: { [beta]: name } },
});
const noClass = { storageClassName: undefined as unknown as string };

test.each<{ name: string; claim: PersistentVolumeClaim; old: PersistentVolumeClaim; want: string[] }>([
  { name: 'nothing -> allowed', claim: claim(), old: claim(), want: [] },
  {
    name: 'bound claim grows -> allowed',
    claim: claim(requests('2Gi'), bound('1Gi')),
    old: claim({}, bound('1Gi')),
    want: [],
  },
  { name: 'pending claim grows -> refused', claim: claim(requests('2Gi')), old: claim(), want: [immutable] },
  {
    name: 'shrink below the capacity',
    claim: claim(requests('512Mi'), bound('1Gi')),
    old: claim({}, bound('1Gi')),
    want: ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
  },
  {
    name: 'shrink to the capacity',
    claim: claim(requests('1Gi'), bound('1Gi')),
    old: claim(requests('2Gi'), bound('1Gi')),
    want: ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
  },
  {
    name: 'shrink of a failed growth, above the capacity -> allowed',
    claim: claim(requests('2Gi'), bound('1Gi')),
    old: claim(requests('3Gi'), bound('1Gi')),
    want: [],
  },
  {
    name: 'same amount in another notation -> no change',
    claim: claim(requests('1024Mi'), bound('1Gi')),
    old: claim({}, bound('1Gi')),
    want: [],
  },
  { name: 'access mode', claim: claim({ accessModes: ['ReadWriteMany'] }), old: claim(), want: [immutable] },
  { name: 'volume name the first time -> allowed', claim: claim({ volumeName: 'pv' }), old: claim(), want: [] },
  {
    name: 'volume name again',
    claim: claim({ volumeName: 'pv-2' }),
    old: claim({ volumeName: 'pv-1' }),
    want: [immutable],
  },
  {
    name: 'class from none -> allowed',
    claim: claim(),
    old: claim({ storageClassName: undefined as unknown as string }),
    want: [],
  },
  { name: 'class from empty', claim: claim(), old: claim({ storageClassName: '' }), want: [immutable] },
  {
    name: 'class of a claim that has one',
    claim: claim({ storageClassName: 'slow' }),
    old: claim(),
    want: [immutable],
  },
  {
    name: 'volume mode',
    claim: claim({ volumeMode: 'Block' }),
    old: claim(),
    want: [immutable, 'volumeMode: Invalid value: "Block": field is immutable'],
  },
  {
    name: 'attributes class of a bound claim -> allowed',
    claim: claim({ volumeAttributesClassName: 'b' }, bound('1Gi')),
    old: claim({ volumeAttributesClassName: 'a' }, bound('1Gi')),
    want: [],
  },
  {
    name: 'attributes class of a pending claim',
    claim: claim({ volumeAttributesClassName: 'b' }),
    old: claim({ volumeAttributesClassName: 'a' }),
    want: [immutable],
  },
  {
    name: 'attributes class that was never applied to none -> allowed',
    claim: claim({}, bound('1Gi')),
    old: claim({ volumeAttributesClassName: 'a' }, bound('1Gi')),
    want: [],
  },
  {
    name: 'attributes class to empty',
    claim: claim({ volumeAttributesClassName: '' }, applied),
    old: claim({ volumeAttributesClassName: 'a' }, applied),
    want: [
      'spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil',
    ],
  },
  {
    name: 'attributes class to none',
    claim: claim({}, applied),
    old: claim({ volumeAttributesClassName: 'a' }, applied),
    want: [
      'spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil',
    ],
  },
  {
    name: 'a selector of nothing where there was none',
    claim: claim({ selector: {} }),
    old: claim(),
    want: [immutable],
  },
  {
    name: 'the class of the annotation into the field -> allowed',
    claim: claim({ storageClassName: 'slow' }),
    old: annotated('slow', noClass),
    want: [],
  },
  {
    name: 'another class than the annotation says',
    claim: annotated('slow', { storageClassName: 'fast' }),
    old: annotated('slow', noClass),
    want: [immutable],
  },
  {
    name: 'another annotation',
    claim: annotated('fast', noClass),
    old: annotated('slow', noClass),
    want: [`metadata.annotations.${beta}: Invalid value: "fast": field is immutable`],
  },
  {
    name: 'an API group of no form that was there before -> allowed',
    claim: claim({ dataSourceRef: { apiGroup: 'A!', kind: 'K', name: 'n' } }),
    old: claim({ dataSourceRef: { apiGroup: 'A!', kind: 'K', name: 'n' } }),
    want: [],
  },
])('validateClaimUpdate: $name', ({ claim: object, old, want }) => {
  expect(lines(validateClaimUpdate(object, old))).toEqual(want);
});

const growable = { allowVolumeExpansion: true } as StorageClass;

test.each<{
  name: string;
  claim: PersistentVolumeClaim;
  old: PersistentVolumeClaim;
  storageClass: StorageClass | undefined;
  want: string | undefined;
}>([
  {
    name: 'bound, class allows -> yes',
    claim: claim(requests('2Gi')),
    old: claim({}, bound('1Gi')),
    storageClass: growable,
    want: undefined,
  },
  {
    name: 'no growth -> not asked',
    claim: claim(requests('1024Mi')),
    old: claim(),
    storageClass: undefined,
    want: undefined,
  },
  {
    name: 'pending',
    claim: claim(requests('2Gi')),
    old: claim(),
    storageClass: growable,
    want: 'Only bound persistent volume claims can be expanded',
  },
  {
    name: 'class forbids',
    claim: claim(requests('2Gi')),
    old: claim({}, bound('1Gi')),
    storageClass: {} as StorageClass,
    want: 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  },
  {
    name: 'class gone',
    claim: claim(requests('2Gi')),
    old: claim({}, bound('1Gi')),
    storageClass: undefined,
    want: 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  },
])('validateExpansion: $name', ({ claim: object, old, storageClass, want }) => {
  expect(validateExpansion(object, old, storageClass)).toBe(want);
});

test('a new claim is Pending, protected, and has a file system', () => {
  const object = {
    metadata: { ...metadata },
    spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } },
    status: { phase: 'Bound' },
  };
  persistentVolumeClaim.applyDefaults?.(object);
  persistentVolumeClaim.prepareForCreate?.(object, unheard);
  expect(object).toEqual({
    metadata: { ...metadata, finalizers: ['kubernetes.io/pvc-protection'] },
    spec: {
      volumeMode: 'Filesystem',
      dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
      dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a' },
    },
    status: { phase: 'Pending' },
  });
});
