import { claim, pod } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { w01SeveralWriters } from './w01-several-writers.ts';

const second = (spec: object = {}, status: object = {}) => pod({ metadata: { name: 'db-1' }, spec, status });
const mount = { name: 'data', mountPath: '/data' };

describeRule(w01SeveralWriters, {
  finds: [
    {
      name: 'two replicas of a database on one node -> found, critical',
      objects: [
        claim(),
        ...['db-0', 'db-1'].map((name) =>
          pod({
            metadata: { name, ...ownedBy('StatefulSet', 'db') },
            spec: { containers: [{ name: 'db', image: 'postgres:16', volumeMounts: [mount] }] },
          }),
        ),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'PostgreSQL must be alone',
      verdicts: {
        'Look which': 'safe',
        'Scale StatefulSet db': 'safe-after-proof',
        'Make the claim': 'needs-expert',
        'Trust ReadWriteOnce': 'unsafe',
      },
    },
    {
      name: 'two pods that own nothing together, on a block device -> found',
      objects: [
        claim({ spec: { volumeMode: 'Block' } }),
        ...['a', 'b'].map((name) =>
          pod({
            metadata: { name },
            spec: { containers: [{ name: 'x', image: 'x', volumeDevices: [{ name: 'data', devicePath: '/dev/x' }] }] },
          }),
        ),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: '2 pods on node-1',
    },
  ],
  passesBy: [
    { name: 'one pod -> silent', objects: [claim(), pod()] },
    {
      name: 'the other only reads -> silent',
      objects: [
        claim(),
        pod(),
        second({ containers: [{ name: 'b', image: 'b', volumeMounts: [{ ...mount, readOnly: true }] }] }),
      ],
    },
    { name: 'the other has ended -> silent', objects: [claim(), pod(), second({}, { phase: 'Succeeded' })] },
    { name: 'the other is on another node -> silent', objects: [claim(), pod(), second({ nodeName: 'node-2' })] },
    {
      name: 'volume is meant for many -> silent',
      objects: [claim({ spec: { accessModes: ['ReadWriteMany'] } }), pod(), second()],
    },
  ],
});
