// Which hooks does a pod get? Annotations first, then the backup's spec, and Velero's defaults.

import { expect, test } from 'vitest';
import type { Pod } from '../apis/core/generated/v1.ts';
import type { BackupResourceHookSpec } from '../apis/velero/types.ts';
import { msOfDuration } from './duration.ts';
import { parseCommand, planPodHooks } from './hooks.ts';

function pod(
  overrides: { annotations?: Record<string, string>; phase?: string; labels?: Record<string, string> } = {},
): Pod {
  const { annotations = {}, phase = 'Running', labels = {} } = overrides;
  return {
    metadata: {
      name: 'db-0',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      annotations,
      labels,
    },
    spec: { containers: [{ name: 'postgres' }, { name: 'sidecar' }] },
    status: { phase },
  };
}

const preCommand = { 'pre.hook.backup.velero.io/command': '["/bin/sh", "-c", "freeze"]' };
const planned = { container: 'postgres', command: ['/bin/sh', '-c', 'freeze'], onError: 'Fail', timeoutMs: 30_000 };
const specHook: BackupResourceHookSpec = {
  name: 'spec',
  pre: [
    { exec: { command: ['a'] } },
    { exec: { command: ['b'], container: 'sidecar', onError: 'Continue', timeout: '1m' } },
  ],
  post: [{ exec: { command: ['c'] } }],
};

test.each<{ name: string; pod: Pod; spec?: BackupResourceHookSpec[]; want: object }>([
  { name: 'no hooks -> none', pod: pod(), want: { pre: [], post: [], warnings: [] } },
  {
    name: 'command only -> first container, Fail, 30 s',
    pod: pod({ annotations: preCommand }),
    want: { pre: [planned], post: [] },
  },
  {
    name: 'all annotations -> as they say',
    pod: pod({
      annotations: {
        'post.hook.backup.velero.io/command': '/usr/bin/thaw',
        'post.hook.backup.velero.io/container': 'sidecar',
        'post.hook.backup.velero.io/on-error': 'Continue',
        'post.hook.backup.velero.io/timeout': '1m30s',
      },
    }),
    want: {
      pre: [],
      post: [{ container: 'sidecar', command: ['/usr/bin/thaw'], onError: 'Continue', timeoutMs: 90_000 }],
    },
  },
  {
    name: 'annotation without a phase -> pre',
    pod: pod({ annotations: { 'hook.backup.velero.io/command': '["/bin/sh", "-c", "freeze"]' } }),
    want: { pre: [planned], post: [] },
  },
  {
    name: 'timeout that is none -> 30 s and a warning',
    pod: pod({ annotations: { ...preCommand, 'pre.hook.backup.velero.io/timeout': 'soon' } }),
    want: {
      pre: [planned],
      warnings: ['Pod shop/db-0: "soon" is not a positive duration; the hook\'s timeout is 30s'],
    },
  },
  {
    name: 'on-error that is neither -> Fail and a warning',
    pod: pod({ annotations: { ...preCommand, 'pre.hook.backup.velero.io/on-error': 'Ignore' } }),
    want: { pre: [planned], warnings: ['Pod shop/db-0: "Ignore" is not Continue or Fail; Fail is used'] },
  },
  {
    name: 'pod that does not run -> no hook and a warning',
    pod: pod({ annotations: preCommand, phase: 'Pending' }),
    want: { pre: [], post: [], warnings: ['Pod shop/db-0: it is not running; its pre hook is skipped'] },
  },
  {
    name: 'hooks of the spec -> in their order',
    pod: pod(),
    spec: [specHook],
    want: {
      pre: [
        { container: 'postgres', command: ['a'], onError: 'Fail', timeoutMs: 30_000 },
        { container: 'sidecar', command: ['b'], onError: 'Continue', timeoutMs: 60_000 },
      ],
      post: [{ container: 'postgres', command: ['c'], onError: 'Fail', timeoutMs: 30_000 }],
    },
  },
  {
    name: 'annotation for one phase -> replaces only that phase of the spec',
    pod: pod({ annotations: preCommand }),
    spec: [specHook],
    want: { pre: [planned], post: [{ container: 'postgres', command: ['c'], onError: 'Fail', timeoutMs: 30_000 }] },
  },
  {
    name: 'spec for other namespaces, resources or labels -> none',
    pod: pod({ labels: { app: 'web' } }),
    spec: [
      { ...specHook, includedNamespaces: ['other'] },
      { ...specHook, excludedResources: ['pods'] },
      { ...specHook, labelSelector: { matchLabels: { app: 'db' } } },
    ],
    want: { pre: [], post: [] },
  },
])('planPodHooks: $name', ({ pod: subject, spec = [], want }) => {
  expect(planPodHooks(subject, spec)).toMatchObject(want);
});

test.each([
  ['["a", "b"]', ['a', 'b']],
  ['/bin/a b', ['/bin/a b']],
  ['["a"', ['["a"']],
  ['[1]', ['[1]']],
  ['[]', ['[]']],
])('parseCommand: %s -> %j', (value, want) => {
  expect(parseCommand(value)).toEqual(want);
});

test.each([
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['-2ms', -2],
  ['0', 0],
  ['720h0m0s', 2_592_000_000],
  ['5', undefined],
  ['', undefined],
  ['1d', undefined],
  ['s', undefined],
])('msOfDuration: %s -> %s', (text, want) => {
  expect(msOfDuration(text)).toBe(want);
});
