import { expect, test } from 'vitest';
import type { Pod } from './generated/v1.ts';
import { container, lines, pod, withContainer } from './pod.fixture.ts';
import { validatePod } from './pod-validation.ts';

test.each<{ name: string; pod: Pod; want: string[] }>([
  { name: 'whole -> valid', pod: pod(), want: [] },
  { name: 'no containers', pod: pod({ containers: [] }), want: ['spec.containers: Required value'] },
  {
    name: 'container without a name',
    pod: withContainer({ name: '' }),
    want: ['spec.containers[0].name: Required value'],
  },
  {
    name: 'bad container name',
    pod: withContainer({ name: 'A_b' }),
    want: [expect.stringContaining('spec.containers[0].name: Invalid value: "A_b": a lowercase RFC 1123 label')],
  },
  {
    name: 'two containers of a name',
    pod: pod({ containers: [container(), container()] }),
    want: ['spec.containers[1].name: Duplicate value: "a"'],
  },
  {
    name: 'init container of the same name',
    pod: pod({ initContainers: [container()] }),
    want: ['spec.initContainers[0].name: Duplicate value: "a"'],
  },
  { name: 'no image', pod: withContainer({ image: '' }), want: ['spec.containers[0].image: Required value'] },
  {
    name: 'image with a space',
    pod: withContainer({ image: ' i' }),
    want: ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
  },
  {
    name: 'unknown restart policy',
    pod: pod({ restartPolicy: 'Sometimes' }),
    want: ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  },
  {
    name: 'mount of an unknown volume',
    pod: withContainer({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    want: ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  },
  {
    name: 'mount without a path',
    pod: pod({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [container({ volumeMounts: [{ name: 'v', mountPath: '' }] })],
    }),
    want: ['spec.containers[0].volumeMounts[0].mountPath: Required value'],
  },
  {
    name: 'two mounts at a path',
    pod: pod({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        container({
          volumeMounts: [
            { name: 'v', mountPath: '/v' },
            { name: 'v', mountPath: '/v', subPath: '../x' },
          ],
        }),
      ],
    }),
    want: [
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique',
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
    ],
  },
  {
    name: 'two volumes of a name',
    pod: pod({
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    }),
    want: ['spec.volumes[1].name: Duplicate value: "v"'],
  },
  {
    name: 'volume of two sources',
    pod: pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
    want: ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  },
  {
    name: 'claim without a name',
    pod: pod({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: '' } }] }),
    want: ['spec.volumes[0].persistentVolumeClaim.claimName: Required value'],
  },
  {
    name: 'port out of range',
    pod: withContainer({ ports: [{ containerPort: 70000 }] }),
    want: ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  },
  {
    name: 'probe without a handler',
    pod: withContainer({ livenessProbe: { periodSeconds: 1 } }),
    want: ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  },
  {
    name: 'liveness that must succeed twice',
    pod: withContainer({ livenessProbe: { exec: { command: ['x'] }, successThreshold: 2 } }),
    want: ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  },
  {
    name: 'request above the limit',
    pod: withContainer({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    want: ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  },
  {
    name: 'negative amount',
    pod: withContainer({ resources: { limits: { cpu: '-1' } } }),
    want: [
      'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  },
  {
    name: 'seconds on a toleration of another effect',
    pod: pod({ tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] }),
    want: [
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  },
])('validatePod: $name', ({ pod: object, want }) => {
  expect(lines(validatePod(object))).toEqual(want);
});
