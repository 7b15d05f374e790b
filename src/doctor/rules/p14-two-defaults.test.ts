import { minutesAgo, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p14TwoDefaults } from './p14-two-defaults.ts';

const marked = (name: string, { minutes = 60, group = 'storageclass.kubernetes.io' } = {}) =>
  storageClass({
    metadata: {
      name,
      creationTimestamp: minutesAgo(minutes),
      annotations: { [`${group}/is-default-class`]: 'true' },
    },
  });

describeRule(p14TwoDefaults, {
  finds: [
    {
      name: 'two defaults -> the newest wins',
      objects: [marked('slow'), marked('fast', { minutes: 5 })],
      subjects: ['StorageClass fast'],
      sentence: 'claims without a class get fast',
      verdicts: { 'Keep fast': 'safe', 'Delete the other': 'unsafe' },
    },
    {
      name: 'one of them has the beta annotation, both of one age -> the first by name wins',
      objects: [marked('slow', { group: 'storageclass.beta.kubernetes.io' }), marked('fast')],
      subjects: ['StorageClass fast'],
    },
    {
      name: 'three, and classes were not all read -> which wins is not known',
      objects: [marked('a'), marked('b'), marked('c')],
      snapshot: { coverage: { classes: { state: 'partial', namespaces: [] } } },
      subjects: ['StorageClass a'],
      verdicts: { 'Keep a': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'one default -> silent', objects: [marked('fast'), storageClass({ metadata: { name: 'slow' } })] },
    {
      name: 'the second says "false" -> silent',
      objects: [
        marked('fast'),
        storageClass({
          metadata: { name: 'slow', annotations: { 'storageclass.kubernetes.io/is-default-class': 'false' } },
        }),
      ],
    },
    { name: 'no default at all -> silent: that is another rule', objects: [storageClass()] },
  ],
});
