// What are the nodes of the generated cluster? Heard just now, with the volumes of their pods.

import { rfc3339 } from '../../src/base/clock.ts';
import { dayMs, driver, type Rest, type World } from './world.ts';

export function* nodes(world: World) {
  for (let i = 0; i < world.size.nodes; i++) {
    const name = `node-${i}`;
    const zone = `zone-${'abc'[i % 3]}`;
    const heard = { lastHeartbeatTime: rfc3339(world.nowMs), lastTransitionTime: rfc3339(world.nowMs - 20 * dayMs) };
    const inUse = world.volumesOn(i).map((pv) => `kubernetes.io/csi/${driver}^disk-${pv}`);
    yield world.make(
      'nodes',
      {
        name,
        labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone, 'kubernetes.io/os': 'linux' },
      },
      {
        spec: { podCIDR: `10.${i % 250}.0.0/24` },
        status: {
          addresses: [
            { type: 'InternalIP', address: '127.0.0.1' },
            { type: 'Hostname', address: name },
          ],
          daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
          capacity: { cpu: '16', memory: '64Gi', pods: '110' },
          allocatable: { cpu: '15', memory: '60Gi', pods: '110' },
          conditions: [
            ...pressures(heard),
            {
              type: 'Ready',
              status: 'True',
              reason: 'KubeletReady',
              message: 'kubelet is posting ready status',
              ...heard,
            },
          ],
          images: Array.from({ length: 20 }, (_, at) => ({
            names: [
              `registry.example.com/team/app-${at}@sha256:${'0'.repeat(64)}`,
              `registry.example.com/team/app-${at}:v1`,
            ],
            sizeBytes: 1e8,
          })),
          nodeInfo: {
            kubeletVersion: 'v1.34.1',
            bootID: world.random.uuid(),
            osImage: 'Debian GNU/Linux 12',
            kernelVersion: '6.1.0',
          },
          volumesInUse: inUse,
          volumesAttached: inUse.map((each) => ({ name: each, devicePath: '' })),
        },
      },
    );
    yield world.make(
      'csiNodes',
      { name },
      {
        spec: {
          drivers: [
            { name: driver, nodeID: name, topologyKeys: ['topology.kubernetes.io/zone'], allocatable: { count: 60 } },
          ],
        },
      },
    );
    yield world.make('leases', { name, namespace: 'kube-node-lease' }, world.leaseSpec(name));
    yield world.driverPod(`disk-node-${i}`, ['csi-node-driver-registrar', 'liveness-probe'], name);
  }
}

function pressures(heard: Rest): Rest[] {
  return ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    reason: 'KubeletHas',
    message: 'kubelet has enough',
    ...heard,
  }));
}
