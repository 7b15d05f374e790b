import { expect, test } from 'vitest';
import type { DeleteOptions, KubeObject } from '../../apimachinery/meta.ts';
import { builtinResources } from '../../apis/builtin.ts';
import { epochMsOf } from '../../base/clock.ts';
import { Catalogue } from './catalogue.ts';
import { deletionStep } from './deletion-rules.ts';

const catalogue = new Catalogue(builtinResources);
const nowMs = epochMsOf('2026-01-01T00:00:00Z');
const plurals = {
  pods: 'pods',
  claims: 'persistentvolumeclaims',
  namespaces: 'namespaces',
  controllers: 'replicationcontrollers',
  events: 'events',
};

function object(overrides: { metadata?: object; spec?: object; status?: object }): KubeObject {
  return {
    spec: {},
    ...overrides,
    metadata: { name: 'x', uid: 'u', generation: 1, ...overrides.metadata },
  } as unknown as KubeObject;
}

const running = { spec: { nodeName: 'n', terminationGracePeriodSeconds: 30 }, status: { phase: 'Running' } };
const terminating = { deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 30 };

test.each<{
  name: string;
  kind?: keyof typeof plurals;
  current: KubeObject;
  options?: DeleteOptions;
  want: { type: string; metadata?: object };
}>([
  { name: 'nothing keeps it -> removed', kind: 'claims', current: object({}), want: { type: 'Remove' } },
  {
    name: 'a finalizer -> marked, generation raised',
    kind: 'claims',
    current: object({ metadata: { finalizers: ['f'] } }),
    want: {
      type: 'Mark',
      metadata: {
        deletionTimestamp: '2026-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 0,
        generation: 2,
        finalizers: ['f'],
      },
    },
  },
  {
    name: 'marked already -> kept',
    kind: 'claims',
    current: object({
      metadata: { finalizers: ['f'], deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 },
    }),
    want: { type: 'Keep' },
  },
  {
    name: 'nothing said of dependents that are kept by default -> left behind',
    kind: 'controllers',
    current: object({ metadata: { finalizers: ['f'] } }),
    want: { type: 'Mark', metadata: { finalizers: ['f', 'orphan'] } },
  },
  {
    name: 'nothing said, but decided before -> as decided',
    kind: 'controllers',
    current: object({ metadata: { finalizers: ['foregroundDeletion'] } }),
    want: { type: 'Mark', metadata: { finalizers: ['foregroundDeletion'] } },
  },
  {
    name: 'background, said of what is kept by default -> removed',
    kind: 'controllers',
    current: object({}),
    options: { propagationPolicy: 'Background' },
    want: { type: 'Remove' },
  },
  {
    name: 'foreground, of what has no dependents -> removed',
    kind: 'events',
    current: object({}),
    options: { propagationPolicy: 'Foreground' },
    want: { type: 'Remove' },
  },
  {
    name: 'foreground -> finalizer added',
    kind: 'claims',
    current: object({}),
    options: { propagationPolicy: 'Foreground' },
    want: { type: 'Mark', metadata: { finalizers: ['foregroundDeletion'] } },
  },
  {
    name: 'orphan -> finalizer added',
    kind: 'claims',
    current: object({}),
    options: { propagationPolicy: 'Orphan' },
    want: { type: 'Mark', metadata: { finalizers: ['orphan'] } },
  },
  {
    name: 'background after foreground -> removed',
    kind: 'claims',
    current: object({ metadata: { finalizers: ['foregroundDeletion'] } }),
    options: { propagationPolicy: 'Background' },
    want: { type: 'Remove' },
  },
  {
    name: 'unscheduled pod -> removed',
    current: object({ spec: { terminationGracePeriodSeconds: 30 } }),
    want: { type: 'Remove' },
  },
  {
    name: 'finished pod -> removed',
    current: object({ ...running, status: { phase: 'Succeeded' } }),
    want: { type: 'Remove' },
  },
  {
    name: 'running pod -> its own grace',
    current: object(running),
    want: { type: 'Mark', metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } },
  },
  {
    name: 'running pod, grace asked -> that grace',
    current: object(running),
    options: { gracePeriodSeconds: 5 },
    want: { type: 'Mark', metadata: { deletionTimestamp: '2026-01-01T00:00:05Z' } },
  },
  {
    name: 'running pod, grace 0 -> removed',
    current: object(running),
    options: { gracePeriodSeconds: 0 },
    want: { type: 'Remove' },
  },
  {
    name: 'running pod, negative grace -> one second',
    current: object(running),
    options: { gracePeriodSeconds: -1 },
    want: { type: 'Mark', metadata: { deletionGracePeriodSeconds: 1 } },
  },
  {
    name: 'terminating pod, no grace asked -> kept',
    current: object({ ...running, metadata: terminating }),
    want: { type: 'Keep' },
  },
  {
    name: 'terminating pod, longer grace -> kept',
    current: object({ ...running, metadata: terminating }),
    options: { gracePeriodSeconds: 60 },
    want: { type: 'Keep' },
  },
  {
    name: 'terminating pod, shorter grace -> shortened from the start',
    current: object({ ...running, metadata: terminating }),
    options: { gracePeriodSeconds: 10 },
    want: { type: 'Mark', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 10 } },
  },
  {
    name: 'terminating pod, grace 0 -> removed',
    current: object({ ...running, metadata: terminating }),
    options: { gracePeriodSeconds: 0 },
    want: { type: 'Remove' },
  },
  {
    name: 'pod with a finalizer, grace 0 -> marked',
    current: object({ ...running, metadata: { finalizers: ['f'] } }),
    options: { gracePeriodSeconds: 0 },
    want: { type: 'Mark', metadata: { deletionGracePeriodSeconds: 0 } },
  },
  {
    name: 'namespace -> marked and Terminating',
    kind: 'namespaces',
    current: object({ spec: { finalizers: ['kubernetes'] } }),
    want: { type: 'Mark', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  },
  {
    name: 'finalized namespace -> removed',
    kind: 'namespaces',
    current: object({ spec: { finalizers: [] } }),
    want: { type: 'Remove' },
  },
])('deletionStep: $name', ({ kind = 'pods', current, options = {}, want }) => {
  const entry = catalogue.find({ group: '', version: 'v1', plural: plurals[kind] });
  if (!entry) throw new Error('no such resource');
  const step = deletionStep(entry, current, { options, nowMs });
  expect(step.type).toBe(want.type);
  if (want.metadata) expect(step).toMatchObject({ object: { metadata: want.metadata } });
});
