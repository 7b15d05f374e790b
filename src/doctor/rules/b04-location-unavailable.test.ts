import { backupLocation, minutes, schedule } from '../testing/backup-builders.ts';
import { minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b04LocationUnavailable } from './b04-location-unavailable.ts';

const down = (message: string) => backupLocation({ status: { phase: 'Unavailable', message } });
const unseen = { status: { lastValidationTime: minutesAgo(2 * minutes.day) } };

describeRule(b04LocationUnavailable, {
  finds: [
    {
      name: 'credentials expired -> found, and the Secret is what to change',
      objects: [down('rpc error: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist'), schedule()],
      subjects: ['BackupStorageLocation velero/default'],
      sentence: 'with its credentials, and 1 schedule writes',
      verdicts: { 'Look at what the store': 'safe', 'Put keys that work': 'safe' },
    },
    {
      name: 'bucket is gone -> found',
      objects: [down('NoSuchBucket'), schedule({ spec: { template: { storageLocation: undefined } } })],
      subjects: ['BackupStorageLocation velero/default'],
      sentence: '1 schedule writes',
    },
    {
      name: 'Available, but nobody has looked for two days -> the server does not run',
      objects: [backupLocation(unseen), schedule()],
      subjects: ['BackupStorageLocation velero/default'],
      sentence: 'does not run',
    },
  ],
  passesBy: [
    { name: 'Available and looked at -> silent', objects: [backupLocation(), schedule()] },
    {
      name: 'validation is switched off -> silent',
      objects: [backupLocation({ spec: { validationFrequency: '0s' }, ...unseen }), schedule()],
    },
    { name: 'new, and not looked at yet -> silent', objects: [backupLocation({ status: undefined })] },
  ],
});
