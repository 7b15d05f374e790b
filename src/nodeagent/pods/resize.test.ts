import { expect, test } from 'vitest';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { allocatedPod, type ResizeObstacle, resizeObstacle } from './resize.ts';

const allocatable = { cpu: '4', memory: String(4 * 2 ** 30) };

/** A pod that asks for `wants` and has `has`. */
function pod(wants: Record<string, string>, has: Record<string, string> = wants): Pod {
  const status = {
    name: 'main',
    image: '',
    imageID: '',
    ready: true,
    restartCount: 0,
    resources: { requests: has },
  };
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'main', resources: { requests: wants } }] },
    status: { phase: 'Running', containerStatuses: [status] },
  };
}

test.each<{ name: string; pod: Pod; others?: Pod[]; want: ResizeObstacle | undefined }>([
  { name: 'room for it', pod: pod({ cpu: '2', memory: '1Gi' }), want: undefined },
  { name: 'nothing asked for', pod: pod({}), others: [pod({ cpu: '9' })], want: undefined },
  {
    name: 'more memory than the node has',
    pod: pod({ cpu: '5', memory: '4500Mi' }),
    want: {
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: memory, requested: 4718592000, capacity: 4294967296",
    },
  },
  {
    name: 'more CPU than the node has',
    pod: pod({ cpu: '5' }),
    want: { reason: 'Infeasible', message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000" },
  },
  {
    name: 'the other pods leave too little CPU',
    pod: pod({ cpu: '2500m' }),
    others: [pod({ cpu: '1' }), pod({ cpu: '1' })],
    want: {
      reason: 'Deferred',
      message: "Node didn't have enough resource: cpu, requested: 2500, used: 2000, capacity: 4000",
    },
  },
  {
    name: 'another pod waits for more too: only what it has counts',
    pod: pod({ cpu: '2' }),
    others: [pod({ cpu: '4' }, { cpu: '1' })],
    want: undefined,
  },
  {
    name: 'another pod has ended',
    pod: pod({ cpu: '4' }),
    others: [{ ...pod({ cpu: '4' }), status: { phase: 'Succeeded' } }],
    want: undefined,
  },
])('resizeObstacle: $name', ({ pod: object, others = [], want }) => {
  expect(resizeObstacle(object, { allocatable, others, nowMs: 0 })).toEqual(want);
});

test('allocatedPod: a container without a status asks for what its spec says', () => {
  const { status: _status, ...fresh } = pod({ cpu: '1' });
  expect(allocatedPod(fresh).spec?.containers[0]?.resources).toEqual({ requests: { cpu: '1' } });
  expect(allocatedPod(pod({ cpu: '2' }, { cpu: '1' })).spec?.containers[0]?.resources).toEqual({
    requests: { cpu: '1' },
  });
});
