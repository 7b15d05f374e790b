import { capacityReport, pool } from '../testing/backend.ts';
import { claim, csiDriver, pendingClaim, storageClass, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s02NoCapacity } from './s02-no-capacity.ts';

const stuck = unschedulablePod(20, '0/1 nodes are available: 1 node(s) did not have enough free storage.');
const driver = csiDriver({ spec: { storageCapacity: true } });
const byHand = storageClass({ provisioner: 'kubernetes.io/no-provisioner' });
const free = (storage: string) =>
  volume({ spec: { claimRef: undefined, capacity: { storage } }, status: { phase: 'Available' } });

describeRule(s02NoCapacity, {
  finds: [
    {
      name: 'reports say less than asked for -> found, blaming the pool',
      objects: [pendingClaim(), stuck, storageClass(), driver, capacityReport('4Gi'), pool()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'reports room for 4Gi at most',
      blames: ['StoragePool ssd', 'CSIDriver disk.csi.example.com'],
      verdicts: { 'Switch storageCapacity': 'unsafe' },
    },
    {
      name: 'room enough, but not for one volume -> found',
      objects: [pendingClaim(), stuck, storageClass(), driver, capacityReport('100Gi', { maximumVolumeSize: '8Gi' })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'room for 8Gi at most',
    },
    {
      name: 'no report for the class -> found',
      objects: [pendingClaim(), stuck, storageClass(), driver],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'reports no room at all',
    },
    {
      name: 'every volume made by hand is taken -> found',
      objects: [pendingClaim(), stuck, byHand, volume({ spec: { claimRef: { name: 'x', uid: 'x' } } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'are taken',
    },
    {
      name: 'the free volume made by hand is too small -> found',
      objects: [pendingClaim(), stuck, byHand, free('5Gi')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'none of the 1 free volumes',
    },
  ],
  passesBy: [
    {
      name: 'room in one place -> silent',
      objects: [pendingClaim(), stuck, storageClass(), driver, capacityReport('10Gi')],
    },
    { name: 'driver reports no capacity -> silent', objects: [pendingClaim(), stuck, storageClass(), csiDriver()] },
    { name: 'a volume made by hand fits -> silent', objects: [pendingClaim(), stuck, byHand, free('10Gi')] },
    {
      name: 'no pod waits -> silent',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('4Gi')],
    },
    { name: 'bound -> silent', objects: [claim(), volume(), stuck, storageClass(), driver] },
  ],
});
