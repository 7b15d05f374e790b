import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { node, pod } from '../testing/builders.ts';
import { trim } from './trim.ts';

const managed = { managedFields: [{ manager: 'kubelet' }] };
const probe = { httpGet: { path: '/', port: 80 } };

test.each<{ name: string; object: object; gone: string[]; kept: string[] }>([
  {
    name: 'pod -> its containers keep image, arguments, mounts and environment',
    object: pod({
      metadata: managed,
      spec: {
        containers: [
          {
            name: 'app',
            image: 'postgres:16',
            args: ['--driver=d'],
            env: [{ name: 'DRIVER', value: 'disk' }],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            livenessProbe: probe,
            resources: { requests: { cpu: '1' } },
            ports: [{ containerPort: 80 }],
          },
        ],
        initContainers: [{ name: 'init', startupProbe: probe }],
      },
    }),
    gone: ['managedFields', 'livenessProbe', 'startupProbe', 'resources', 'ports'],
    kept: ['postgres:16', '--driver=d', 'DRIVER', '/data', '"init"'],
  },
  {
    name: 'node -> keeps its conditions, not its images',
    object: node({ status: { images: [{ names: ['x'], sizeBytes: 1 }] } }),
    gone: ['images'],
    kept: ['Ready'],
  },
  {
    name: 'Secret -> keeps nothing of what it holds',
    object: { kind: 'Secret', metadata: { name: 's' }, data: { password: 'x' }, stringData: { password: 'x' } },
    gone: ['password'],
    kept: ['"s"'],
  },
  {
    name: 'ConfigMap -> keeps nothing of what it holds',
    object: { kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'app.conf': 'password: x' } },
    gone: ['password'],
    kept: ['"c"'],
  },
  {
    name: 'ConfigMap with a resource policy -> keeps it',
    object: { kind: 'ConfigMap', metadata: { name: 'c' }, data: { policy: 'version: v1\nvolumePolicies: []' } },
    gone: [],
    kept: ['volumePolicies'],
  },
  {
    name: 'odd shapes -> are left alone',
    object: {
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [null, 'x', { name: 'a' }], initContainers: {} },
    },
    gone: [],
    kept: ['"a"', '"x"'],
  },
  {
    name: 'no specification at all -> is left alone',
    object: { kind: 'Node', metadata: { name: 'n' } },
    gone: [],
    kept: ['"n"'],
  },
])('trim: $name', ({ object, gone, kept }) => {
  const text = JSON.stringify(trim(structuredClone(object) as KubeObject));
  for (const word of gone) expect(text).not.toContain(word);
  for (const word of kept) expect(text).toContain(word);
});
