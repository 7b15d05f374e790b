import { claim } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { e02ResizeInfeasible } from './e02-resize-infeasible.ts';

const failed = (status: string, message: string, { request = '100Ti', type = 'ControllerResizeError' } = {}) =>
  claim({
    spec: { resources: { requests: { storage: request } } },
    status: {
      allocatedResourceStatuses: { storage: status },
      conditions: [{ type, status: 'True', message }],
    },
  });

describeRule(e02ResizeInfeasible, {
  finds: [
    {
      name: 'beyond the limit of the storage -> found, and lowering the request is safe',
      objects: [failed('ControllerResizeInfeasible', 'rpc error: code = OutOfRange desc = max 64Ti')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: "can't have that",
      verdicts: { 'Read what': 'safe', 'Lower the request to 11Gi': 'safe', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'file system can not grow on the node -> found',
      objects: [
        failed('NodeResizeInfeasible', 'rpc error: code = InvalidArgument', {
          request: '20Gi',
          type: 'NodeResizeError',
        }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      blames: ['PersistentVolume pv-1'],
    },
    {
      name: 'no whole size lies between -> lowering needs a choice',
      objects: [failed('ControllerResizeInfeasible', 'code = OutOfRange', { request: '10752Mi' })],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Lower the request': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'resize goes on -> silent', objects: [failed('ControllerResizeInProgress', 'try again')] },
    { name: 'no resize -> silent', objects: [claim()] },
    {
      name: 'too many changes in a short time -> silent: that passes',
      objects: [
        failed('ControllerResizeInfeasible', 'You have reached the maximum modification rate per volume limit'),
      ],
    },
  ],
});
