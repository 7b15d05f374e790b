import { claim, event, pendingClaim, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p01NoClass } from './p01-no-class.ts';

const classless = pendingClaim({ spec: { storageClassName: undefined } });

describeRule(p01NoClass, {
  finds: [
    {
      name: 'no class named and no default -> found, with the event as support',
      objects: [
        classless,
        storageClass(),
        event(classless, {
          reason: 'FailedBinding',
          type: 'Normal',
          message: 'no persistent volumes available for this claim and no storage class is set',
        }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'no default one',
      verdicts: { 'Mark one': 'safe-after-proof', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'two claims would adopt the default -> each has to be looked at',
      objects: [classless, pendingClaim({ metadata: { name: 'other' }, spec: { storageClassName: undefined } })],
      subjects: ['PersistentVolumeClaim shop/data', 'PersistentVolumeClaim shop/other'],
      verdicts: { 'Mark one': 'safe-after-proof' },
    },
    {
      name: 'class named that does not exist -> found',
      objects: [pendingClaim({ spec: { storageClassName: 'fsat' } }), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'fsat, which does not exist',
    },
    {
      name: 'empty class and no free volume made by hand -> found',
      objects: [pendingClaim({ spec: { storageClassName: '' } }), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'made by hand',
    },
  ],
  passesBy: [
    { name: 'class exists -> silent', objects: [pendingClaim(), storageClass()] },
    {
      name: 'no class named, but a default -> silent: the claim will adopt it',
      objects: [
        classless,
        storageClass({ metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } }),
      ],
    },
    { name: 'bound claim of a deleted class -> silent', objects: [claim(), volume()] },
    {
      name: 'empty class and a free volume made by hand -> silent',
      objects: [
        pendingClaim({ spec: { storageClassName: '' } }),
        volume({ spec: { storageClassName: undefined, claimRef: undefined }, status: { phase: 'Available' } }),
      ],
    },
  ],
});
