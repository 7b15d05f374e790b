import { claim, event } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { e04ResizeRate } from './e04-resize-rate.ts';

const rate = "You've reached the maximum modification rate per volume limit. Wait at least 6 hours";
const wants = claim({ spec: { resources: { requests: { storage: '20Gi' } } } });
const says = (type: string, message: string, status = 'True') =>
  claim({ status: { conditions: [{ type, status, message }] } });
const failed = event(wants, { reason: 'VolumeResizeFailed', message: `resize volume failed: ${rate}` });

describeRule(e04ResizeRate, {
  finds: [
    {
      name: 'condition says so -> found',
      objects: [says('ControllerResizeError', rate)],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { Wait: 'safe', 'Ask for a little more': 'unsafe' },
    },
    {
      name: 'other attributes were changed too often -> found',
      objects: [says('ModifyVolumeError', 'api error VolumeModificationRateExceeded')],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'old resizer says so by event only -> found',
      objects: [wants, failed],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'makes it wait',
    },
  ],
  passesBy: [
    { name: 'event, but the claim has its size by now -> silent', objects: [claim(), failed] },
    { name: 'another error -> silent', objects: [says('ControllerResizeError', 'code = OutOfRange')] },
    { name: 'condition that no longer holds -> silent', objects: [says('ControllerResizeError', rate, 'False')] },
  ],
});
