import { claim, event, minutesAgo, object } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { e05ShrinkRefused } from './e05-shrink-refused.ts';

const asker = object(
  { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', name: 'shop', namespace: 'shop' },
  {},
);
const source = { component: 'kustomize-controller' };
const refused = (name: string, field = 'status.capacity') =>
  event(asker, {
    source,
    reason: 'ReconciliationFailed',
    message: `PersistentVolumeClaim/shop/${name} dry-run failed (Invalid): PersistentVolumeClaim "${name}" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than ${field}`,
  });

describeRule(e05ShrinkRefused, {
  finds: [
    {
      name: 'GitOps tool wants it smaller -> the claim is found',
      objects: [claim(), refused('data')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'Kustomization shop wants',
      verdicts: { Write: 'safe', 'Delete data': 'safe-after-proof', 'Switch to': 'unsafe' },
    },
    {
      name: 'another component is content -> still found',
      objects: [
        claim(),
        refused('data'),
        event(asker, {
          reason: 'Synced',
          type: 'Normal',
          lastTimestamp: minutesAgo(0),
          source: { component: 'other' },
        }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'the tool was content before -> still found',
      objects: [
        claim(),
        refused('data'),
        event(asker, { reason: 'ReconciliationSucceeded', type: 'Normal', lastTimestamp: minutesAgo(9), source }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'in the words of older servers, on the claim itself -> found',
      objects: [
        claim(),
        event(claim(), { reason: 'FailedUpdate', message: 'field can not be less than previous value' }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'Somebody wants',
    },
  ],
  passesBy: [
    {
      name: 'the tool has had its way since -> silent',
      objects: [
        claim(),
        refused('data'),
        event(asker, { reason: 'ReconciliationSucceeded', type: 'Normal', lastTimestamp: minutesAgo(0), source }),
      ],
    },
    { name: 'claim is gone by now -> silent', objects: [claim(), refused('other')] },
    {
      name: 'refused for another field -> silent',
      objects: [
        claim(),
        event(asker, {
          reason: 'ReconciliationFailed',
          message: 'PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation',
        }),
      ],
    },
  ],
});
