import { capacityReport, gibibyte, pool } from '../testing/backend.ts';
import { csiDriver, minutesAgo, pendingClaim, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s03WrongReport } from './s03-wrong-report.ts';

const driver = csiDriver({ spec: { storageCapacity: true } });

describeRule(s03WrongReport, {
  finds: [
    {
      name: 'pool has room, report has none -> found',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('2Gi'), pool()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'the pool ssd has 50Gi free: the driver reports only 2Gi',
      verdicts: { 'Edit the CSIStorageCapacity': 'unsafe' },
    },
    {
      name: 'thin pool is full, report says it is not -> found',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('80Gi'), pool({ usedBytes: 97 * gibibyte })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'has only 3Gi',
      blames: ['StoragePool ssd'],
    },
  ],
  passesBy: [
    {
      name: 'both have room -> silent',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('50Gi'), pool()],
    },
    {
      name: 'neither has room -> silent: the reports are right',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('2Gi'), pool({ usedBytes: 98 * gibibyte })],
    },
    {
      name: 'pool is of another class -> silent',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('2Gi'), pool({ classNames: ['slow'] })],
    },
    {
      name: 'backend allows no volume of this size -> silent',
      objects: [pendingClaim(), storageClass(), driver, capacityReport('50Gi', { maximumVolumeSize: '5Gi' }), pool()],
    },
    {
      name: 'claim is a moment old -> silent',
      objects: [
        pendingClaim({ metadata: { creationTimestamp: minutesAgo(1) } }),
        storageClass(),
        driver,
        capacityReport('2Gi'),
        pool(),
      ],
    },
  ],
});
