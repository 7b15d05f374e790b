import { claim, csiDriver, event, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m11SelinuxConflict } from './m11-selinux-conflict.ts';

const labelled = csiDriver({ spec: { seLinuxMount: true } });
const with_ = (name: string, securityContext: object, phase = 'Running') =>
  pod({ metadata: { name }, spec: { securityContext }, status: { phase } });
const level = (text: string, more: object = {}) => ({ seLinuxOptions: { level: text }, ...more });
const storage = [claim({ spec: { accessModes: ['ReadWriteMany'] } }), volume()];
const waiting = with_('web-1', level('s0:c3,c4'), 'Pending');

describeRule(m11SelinuxConflict, {
  finds: [
    {
      name: 'two levels on one claim -> found, with the event as support',
      objects: [
        with_('web-0', level('s0:c1,c2')),
        waiting,
        event(waiting, { reason: 'SELinuxLabelConflict', message: 'SELinuxLabel "x" conflicts with pod web-0' }),
        labelled,
        ...storage,
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'different seLinuxOptions',
      verdicts: { 'Look at the labels': 'safe', 'Give them': 'needs-expert', 'Set SELinux': 'unsafe' },
    },
    {
      name: 'same level, one of them Recursive -> found',
      objects: [
        with_('web-0', level('s0:c1,c2')),
        with_('web-1', level('s0:c1,c2', { seLinuxChangePolicy: 'Recursive' })),
        labelled,
        ...storage,
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'different seLinuxChangePolicy',
    },
  ],
  passesBy: [
    {
      name: 'same label -> silent',
      objects: [with_('web-0', level('s0:c1,c2')), with_('web-1', level('s0:c1,c2')), labelled, ...storage],
    },
    {
      name: 'driver does not mount with labels -> silent',
      objects: [with_('web-0', level('s0:c1,c2')), with_('web-1', level('s0:c3,c4')), csiDriver(), ...storage],
    },
    {
      name: 'both Recursive -> silent',
      objects: [
        with_('web-0', level('s0:c1,c2', { seLinuxChangePolicy: 'Recursive' })),
        with_('web-1', level('s0:c3,c4', { seLinuxChangePolicy: 'Recursive' })),
        labelled,
        ...storage,
      ],
    },
    {
      name: 'the other pod has ended -> silent',
      objects: [
        with_('web-0', level('s0:c1,c2'), 'Succeeded'),
        with_('web-1', level('s0:c3,c4')),
        labelled,
        ...storage,
      ],
    },
  ],
});
