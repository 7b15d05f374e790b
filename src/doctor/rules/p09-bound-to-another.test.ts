import { attachment, claim, pendingClaim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p09BoundToAnother } from './p09-bound-to-another.ts';

const wanting = pendingClaim({ spec: { volumeName: 'pv-1' } });
const ownedByOther = volume({ spec: { claimRef: { name: 'orders', uid: 'persistentvolumeclaim-orders' } } });
const ownedByGone = volume({ spec: { claimRef: { uid: 'earlier' } }, status: { phase: 'Released' } });

describeRule(p09BoundToAnother, {
  finds: [
    {
      name: 'another claim has the volume -> found, and the claim must give way',
      objects: [wanting, claim({ metadata: { name: 'orders' } }), ownedByOther],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'which the claim shop/orders has',
      verdicts: { 'Delete the claim': 'safe', 'Clear the claimRef': 'unsafe' },
    },
    {
      name: 'volume of a claim of the same name that was deleted -> found, and it may go to the new one',
      objects: [wanting, ownedByGone],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'not there any more',
      verdicts: { 'Give the volume': 'safe' },
      blames: ['PersistentVolume pv-1'],
    },
    {
      name: 'volume of a deleted claim of another name -> its owner has to be asked',
      objects: [wanting, ownedByOther],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Give the volume': 'safe-after-proof' },
    },
    {
      name: 'volume is still attached -> not safe',
      objects: [wanting, ownedByGone, attachment()],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Give the volume': 'safe-after-proof' },
    },
    {
      name: 'claims were not all read -> the owner may live',
      objects: [wanting, ownedByGone],
      snapshot: { coverage: { claims: { state: 'partial', namespaces: ['bank'] } } },
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Give the volume': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'volume reserved for this claim -> silent: it is bound soon', objects: [wanting, volume()] },
    {
      name: 'volume reserved by name, UID left open -> silent',
      objects: [wanting, volume({ spec: { claimRef: { uid: undefined } } })],
    },
    { name: 'volume free -> silent', objects: [wanting, volume({ spec: { claimRef: undefined } })] },
    { name: 'claim names no volume -> silent', objects: [pendingClaim(), ownedByOther] },
  ],
});
