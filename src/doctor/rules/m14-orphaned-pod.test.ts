import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { defaultSettings } from '../settings.ts';
import { object, pod, snapshotOf } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m14OrphanedPod } from './m14-orphaned-pod.ts';

const uid = '0401c09a-1b0c-11e9-94f8-00163e14dc48';
const line = (text: string, name = '1') =>
  object(
    { apiVersion: 'doctor.amarre.io/v1', kind: 'LogLine', name },
    { component: 'kubelet', nodeName: 'node-1', text },
  );
const paths = `Orphaned pod "${uid}" found, but volume paths are still present on disk : There were a total of 4 errors`;

describeRule(m14OrphanedPod, {
  finds: [
    {
      name: 'volume paths are left -> found; removing folders needs a proof from the node',
      objects: [pod(), line(paths), line(paths, '2')],
      subjects: ['Node node-1'],
      sentence: 'a pod that is gone',
      verdicts: { 'Look below': 'safe', 'Remove the empty': 'safe-after-proof', 'rm -rf': 'unsafe' },
    },
    {
      name: 'subpaths are left, in the words of 1.14 -> found',
      objects: [line(`orphaned pod "${uid}" found, but volume subpaths are still present on disk`)],
      subjects: ['Node node-1'],
    },
  ],
  passesBy: [
    {
      name: 'folder was removed -> silent',
      objects: [pod(), line(`Orphaned pod "${uid}" found, removing`)],
    },
    { name: 'pod is there again -> silent', objects: [pod({ metadata: { uid } }), line(paths)] },
    { name: 'log without such a line -> silent', objects: [pod(), line('Successfully mounted volume')] },
  ],
});

test('without logs the rule is not run, and says so', () => {
  const { findings, notRun } = examine(snapshotOf([pod()]), [m14OrphanedPod], defaultSettings);
  expect(findings).toEqual([]);
  expect(notRun.map(({ rule }) => rule)).toEqual(['M14']);
});
