import { expect, test } from 'vitest';
import { noteEmpty } from '../../apimachinery/sent-empty.ts';
import type { Pod, PodSpec } from './generated/v1.ts';
import { container, lines, pod, withContainer } from './pod.fixture.ts';
import { validatePodUpdate } from './pod-update.ts';

const mutable = [
  expect.stringContaining(
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,',
  ),
];
const toleration = { key: 'k', operator: 'Exists', effect: 'NoExecute' };

const gated = (spec: Partial<PodSpec> = {}): Pod => pod({ schedulingGates: [{ name: 'g' }], ...spec });
/** One term for each list of labels that a node must have. */
const onNodes = (...terms: string[][]): PodSpec['affinity'] => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: terms.map((keys) => ({ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) })),
    },
  },
});

test.each<{ name: string; pod: Pod; old: Pod; want: string[] }>([
  { name: 'image -> allowed', pod: withContainer({ image: 'j' }), old: pod(), want: [] },
  { name: 'command', pod: withContainer({ command: ['x'] }), old: pod(), want: mutable },
  { name: 'node', pod: pod({ nodeName: 'n' }), old: pod(), want: mutable },
  { name: 'deadline -> allowed', pod: pod({ activeDeadlineSeconds: 5 }), old: pod(), want: [] },
  { name: 'toleration added -> allowed', pod: pod({ tolerations: [toleration] }), old: pod(), want: [] },
  {
    name: 'toleration removed',
    pod: pod(),
    old: pod({ tolerations: [toleration] }),
    want: ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
  },
  {
    name: 'toleration shortened -> allowed',
    pod: pod({ tolerations: [{ ...toleration, tolerationSeconds: 1 }] }),
    old: pod({ tolerations: [toleration] }),
    want: [],
  },
  {
    name: 'an ephemeral container',
    pod: pod({ ephemeralContainers: [{ name: 'look', image: 'i' }] }),
    old: pod(),
    want: mutable,
  },
  {
    name: 'another container',
    pod: pod({ containers: [container(), container({ name: 'b' })] }),
    old: pod(),
    want: ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  },
  {
    name: 'deadline moved away',
    pod: pod({ activeDeadlineSeconds: 6 }),
    old: pod({ activeDeadlineSeconds: 5 }),
    want: ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
  },
  {
    name: 'deadline taken away',
    pod: pod(),
    old: pod({ activeDeadlineSeconds: 5 }),
    want: ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
  },
  { name: 'gate opened -> allowed', pod: pod(), old: gated(), want: [] },
  {
    name: 'gate closed',
    pod: gated(),
    old: pod(),
    want: ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
  },
  { name: 'narrower while gated -> allowed', pod: gated({ nodeSelector: { a: 'b' } }), old: gated(), want: [] },
  { name: 'narrower without a gate', pod: pod({ nodeSelector: { a: 'b' } }), old: pod(), want: mutable },
  {
    name: 'wider while gated',
    pod: gated({ nodeSelector: {} }),
    old: gated({ nodeSelector: { a: 'b' } }),
    want: [
      'spec.nodeSelector: Invalid value: {}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  },
  {
    name: 'an affinity with one more term while gated',
    pod: gated({ affinity: onNodes(['a'], ['b']) }),
    old: gated({ affinity: onNodes(['a']) }),
    want: [
      expect.stringMatching(
        /nodeSelectorTerms: Invalid value: .*: no additions\/deletions to non-empty NodeSelectorTerms list are allowed$/,
      ),
    ],
  },
  {
    name: 'an affinity with one more expression while gated -> allowed',
    pod: gated({ affinity: onNodes(['a', 'b']) }),
    old: gated({ affinity: onNodes(['a']) }),
    want: [],
  },
  {
    name: 'a struct of which nothing is said for an absent one -> refused',
    pod: pod({ affinity: {} }),
    old: pod(),
    want: [expect.stringContaining('spec: Forbidden: pod updates may not change fields')],
  },
  { name: 'empty list for an absent one -> no change', pod: pod({ volumes: [] }), old: pod(), want: [] },
])('validatePodUpdate: $name', ({ pod: object, old, want }) => {
  expect(lines(validatePodUpdate(object, old))).toEqual(want);
});

test('validatePodUpdate: behind the sentence stand the lines that differ, without what may change', () => {
  const object = pod({ nodeName: 'n', tolerations: [toleration], activeDeadlineSeconds: 5 });
  const [cause = ''] = lines(validatePodUpdate(object, pod()));
  const [, ...told] = cause.split('\n');
  expect(told.filter((line) => /^[+-]/.test(line))).toEqual(['- "NodeName": "",', '+ "NodeName": "n",']);
  expect(told[0]).toMatch(/^@@ -\d+,7 \+\d+,7 @@$/);
  expect(told.at(-1)).toBe('');
});

test('validatePodUpdate: a list that was sent empty is shown as one', () => {
  const spec = { ...pod().spec, nodeName: 'n', readinessGates: undefined };
  noteEmpty(spec, 'readinessGates', []);
  noteEmpty(spec, 'tolerations', []);
  const [cause] = lines(validatePodUpdate({ ...pod(), spec } as unknown as Pod, pod({ nodeName: 'm' })));
  expect(cause).toContain('+ "ReadinessGates": [],');
  expect(cause).not.toContain('"Tolerations": []');
});
