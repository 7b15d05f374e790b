import { claim, pendingClaim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p10VolumeDoesNotFit } from './p10-volume-does-not-fit.ts';

const wanting = pendingClaim({ spec: { volumeName: 'pv-1' } });
const free = (spec: object) => volume({ spec: { claimRef: undefined, ...spec }, status: { phase: 'Available' } });

describeRule(p10VolumeDoesNotFit, {
  finds: [
    {
      name: 'too small -> found',
      objects: [wanting, free({ capacity: { storage: '5Gi' } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'it is too small',
      verdicts: { 'Delete the claim': 'safe', 'Write another capacity': 'unsafe' },
    },
    {
      name: 'another class and mode -> found, both named',
      objects: [wanting, free({ storageClassName: 'slow', accessModes: ['ReadOnlyMany'] })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'it does not have the access mode, and it is of another storage class',
    },
    {
      name: 'block in the place of a file system, reserved for the claim -> found; the claim may not just go',
      objects: [wanting, volume({ spec: { volumeMode: 'Block' } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'another volume mode',
      verdicts: { 'Delete the claim': 'safe-after-proof' },
    },
    {
      name: 'no such volume -> found',
      objects: [wanting],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'it does not exist',
    },
  ],
  passesBy: [
    { name: 'larger than asked for -> silent', objects: [wanting, free({ capacity: { storage: '20Gi' } })] },
    {
      name: 'too small, but taken by another claim -> silent: that is another rule',
      objects: [wanting, volume({ spec: { capacity: { storage: '5Gi' }, claimRef: { name: 'x', uid: 'x' } } })],
    },
    { name: 'bound claim, volume smaller -> silent', objects: [claim(), free({ capacity: { storage: '5Gi' } })] },
    {
      name: 'volumes were not all read -> silent',
      objects: [wanting],
      snapshot: { coverage: { volumes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
