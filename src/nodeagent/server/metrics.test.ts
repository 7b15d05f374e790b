import { expect, test } from 'vitest';
import { nodeMetricsText } from './metrics.ts';

test('nodeMetricsText: volumes of pods, one of them used by two -> a series for each claim, what is unknown left out', () => {
  const volume = (name: string, sizes: object) => ({
    name: 'v',
    pvcRef: { namespace: 'shop', name },
    time: '',
    ...sizes,
  });
  const pod = (...volumes: ReturnType<typeof volume>[]) => ({
    podRef: { namespace: 'shop', name: 'p', uid: 'u' },
    volume: volumes,
    containers: [],
  });
  const text = nodeMetricsText({
    summary: {
      node: { nodeName: 'node-1' },
      pods: [
        pod(volume('data', { capacityBytes: 100, usedBytes: 40 })),
        pod(volume('data', { capacityBytes: 100 }), volume('raw', {})),
      ],
    },
    containers: new Map([['running', 2]]),
    runningPods: 2,
    others: [],
  });
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    'kubelet_running_containers{container_state="running"} 2',
    'kubelet_running_pods 2',
    'kubelet_volume_stats_capacity_bytes{namespace="shop",persistentvolumeclaim="data"} 100',
    'kubelet_volume_stats_used_bytes{namespace="shop",persistentvolumeclaim="data"} 40',
  ]);
});
