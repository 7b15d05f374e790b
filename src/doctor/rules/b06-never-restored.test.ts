import { backup, minutes, restore, schedule } from '../testing/backup-builders.ts';
import { minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b06NeverRestored } from './b06-never-restored.ts';

const old = schedule({ metadata: { creationTimestamp: minutesAgo(200 * minutes.day) } });
const longAgo = minutesAgo(120 * minutes.day);

describeRule(b06NeverRestored, {
  finds: [
    {
      name: 'no restore at all -> found',
      objects: [old, backup({ spec: { includedNamespaces: ['shop'] } })],
      subjects: ['Schedule velero/nightly'],
      sentence: 'in the last 90 days',
      verdicts: { 'Restore the newest backup': 'safe', 'Try it over': 'unsafe' },
    },
    {
      name: 'the last one is four months ago -> found',
      objects: [old, backup(), restore({ status: { completionTimestamp: longAgo } })],
      subjects: ['Schedule velero/nightly'],
    },
    {
      name: 'the only one failed -> found',
      objects: [old, backup(), restore({ status: { phase: 'PartiallyFailed' } })],
      subjects: ['Schedule velero/nightly'],
    },
  ],
  passesBy: [
    { name: 'restored last week -> silent', objects: [old, backup(), restore()] },
    { name: 'schedule is younger than that -> silent', objects: [schedule(), backup()] },
    {
      name: 'restored from a backup that has expired since -> silent',
      objects: [old, restore({ spec: { backupName: 'nightly-20260520020000' } })],
    },
    { name: 'schedule is paused -> silent', objects: [schedule({ metadata: old.metadata, spec: { paused: true } })] },
  ],
});
