import { attachment, claim, pendingClaim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { l03Released } from './l03-released.ts';

const kept = (spec: object = {}) =>
  volume({
    spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { uid: 'earlier' }, ...spec },
    status: { phase: 'Released' },
  });

describeRule(l03Released, {
  finds: [
    {
      name: 'claim of the old name waits -> found, and the volume may go to it',
      objects: [pendingClaim(), kept()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'lies beside',
      verdicts: { 'Give the volume': 'safe', 'Delete the Persistent': 'unsafe' },
    },
    {
      name: 'claim of another name asks for it -> its owner has to be asked',
      objects: [pendingClaim({ metadata: { name: 'other' }, spec: { volumeName: 'pv-1' } }), kept()],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Give the volume': 'safe-after-proof' },
    },
    {
      name: 'still attached -> not safe',
      objects: [pendingClaim(), kept(), attachment()],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Give the volume': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'nobody waits for it -> silent', objects: [kept()] },
    {
      name: 'a claim of another name waits, for any volume -> silent',
      objects: [pendingClaim({ metadata: { name: 'other' } }), kept()],
    },
    {
      name: 'policy is Delete -> silent',
      objects: [pendingClaim(), kept({ persistentVolumeReclaimPolicy: 'Delete' })],
    },
    {
      name: 'volume is bound to the claim -> silent',
      objects: [claim(), volume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } })],
    },
  ],
});
