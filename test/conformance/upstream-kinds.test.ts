// Does every kind have upstream's defaults, rules and messages? Objects are sent to a real kube-apiserver too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, comparable, differences, type Pair, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { type Mutation, mutationsOf } from './upstream/mutations.ts';
import { samples } from './upstream/samples.ts';
import { storeSample } from './upstream/updates.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

/** Its sources behind gates that are off are dropped by upstream, and not known here. */
const refusedHere = new Set(['v1/Pod volumes']);

/** Kinds of which every answer is upstream's, whatever one place of an object says. Warnings aside. */
const alike = new Set([
  'v1/Service',
  'v1/Endpoints',
  'v1/ResourceQuota',
  'rbac.authorization.k8s.io/v1/RoleBinding',
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/IngressClass',
  'networking.k8s.io/v1/IPAddress',
  'networking.k8s.io/v1/NetworkPolicy',
  'networking.k8s.io/v1/ServiceCIDR',
  'certificates.k8s.io/v1/CertificateSigningRequest',
  'apps/v1/ControllerRevision',
  'autoscaling/v1/HorizontalPodAutoscaler',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'policy/v1/PodDisruptionBudget',
]);

/** Kinds of which every answer is upstream's when a stored object is replaced by one that differs in one place. */
const alikeOnUpdate = new Set([
  'v1/ConfigMap',
  'v1/Endpoints',
  'v1/LimitRange',
  'rbac.authorization.k8s.io/v1/Role',
  'apps/v1/ControllerRevision',
  'autoscaling/v1/HorizontalPodAutoscaler',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'policy/v1/PodDisruptionBudget',
]);

/** So many requests at a time. They ask for strict validation: what it says of unknown fields is compared as well. */
const atOnce = 16;

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  });
  afterAll(() => servers?.stop());

  test.each(samples.filter(({ title }) => !refusedHere.has(title)))('$title is taken by both', async (sample) => {
    const pair = await servers.both(`POST ${sample.path}?dryRun=All`, sample.object);
    const kindAndStatus = ({ json, status }: ApiAnswer): unknown[] => [json?.['kind'], status];
    expect(kindAndStatus(pair.upstream)).toEqual([sample.object.kind, 201]);
    expect(kindAndStatus(pair.ours)).toEqual([sample.object.kind, 201]);
  });

  test.each(samples.filter(({ kind }) => alike.has(kind)))(
    '$title with any one place changed is answered alike',
    async (sample) => {
      const mutations = mutationsOf(sample.object, sample.schemaName);
      const line = `POST ${sample.path}?dryRun=All&fieldValidation=Strict`;
      expect(await differing(mutations, (object) => servers.both(line, object))).toEqual([]);
    },
  );

  test.each(samples.filter(({ kind }) => alikeOnUpdate.has(kind)))(
    '$title, stored, with any one place changed is answered alike',
    async (sample) => {
      const stored = await storeSample(servers, sample);
      try {
        expect(await differing(stored.mutations, stored.put)).toEqual([]);
      } finally {
        await stored.remove();
      }
    },
  );
});

/** The changes that both answer differently, and how. */
async function differing(mutations: Mutation[], send: (object: unknown) => Promise<Pair>): Promise<unknown[]> {
  expect(mutations.length).toBeGreaterThan(10);
  const different: unknown[] = [];
  for (let start = 0; start < mutations.length; start += atOnce) {
    const answers = mutations.slice(start, start + atOnce).map(async ({ title, object }) => {
      const pair = await send(object);
      const found = differences(withoutWarnings(pair.ours), withoutWarnings(pair.upstream));
      if (found.length > 0) different.push({ title, found });
    });
    await Promise.all(answers);
  }
  return different;
}

const withoutWarnings = (answer: ApiAnswer): unknown => comparable({ ...answer, headers: {} });
