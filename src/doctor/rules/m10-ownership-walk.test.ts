import { claim, event, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m10OwnershipWalk } from './m10-ownership-walk.ts';

const waits = (securityContext: object, mine: object = {}) =>
  pod({ metadata: mine, spec: { securityContext }, status: { phase: 'Pending' } });
const slow = (message: string) => event(waits({}), { reason: 'VolumePermissionChangeInProgress', message });
const longer = slow(
  'Setting volume ownership for x/volumes/kubernetes.io~csi/pv-1/mount is taking longer than expected, consider using OnRootMismatch',
);
const storage = [claim(), volume()];

describeRule(m10OwnershipWalk, {
  finds: [
    {
      name: 'no policy -> every file is visited',
      objects: [waits({ fsGroup: 1000 }, ownedBy('StatefulSet', 'db')), longer, ...storage],
      subjects: ['Pod shop/db-0'],
      verdicts: {
        'Let the walk end': 'safe',
        'Set fsGroupChangePolicy': 'safe-after-proof',
        'Delete the pod': 'unsafe',
      },
    },
    {
      name: 'policy Always, walk goes on -> every file is visited',
      objects: [
        waits({ fsGroup: 1000, fsGroupChangePolicy: 'Always' }),
        slow('Setting volume ownership for x/volumes/kubernetes.io~csi/pv-1/mount, processed 315923 files.'),
        ...storage,
      ],
      subjects: ['Pod shop/db-0'],
      sentence: 'every file',
    },
  ],
  passesBy: [
    {
      name: 'OnRootMismatch -> silent: this is the one walk that has to be',
      objects: [waits({ fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' }), longer, ...storage],
    },
    {
      name: 'pod runs by now -> silent',
      objects: [pod({ spec: { securityContext: { fsGroup: 1 } } }), longer, ...storage],
    },
    { name: 'waits with an fsGroup, no walk reported -> silent', objects: [waits({ fsGroup: 1000 }), ...storage] },
    { name: 'no fsGroup -> silent', objects: [waits({}), longer, ...storage] },
  ],
});
