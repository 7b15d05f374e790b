// Does every kind have upstream's defaults, rules and messages? Objects are sent to a real kube-apiserver too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UnreachableError } from '../../src/client/types.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, comparable, differences, type Pair, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { type KnownChange, knownChanges } from './upstream/known-changes.ts';
import { type Mutation, mutationsOf } from './upstream/mutations.ts';
import { type Sample, samples } from './upstream/samples.ts';
import { approvalSamples, statusSamples } from './upstream/samples-status.ts';
import { storeForStatus, storeSample } from './upstream/updates.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

/** Kinds of which every answer is upstream's, whatever one place of an object says: but for known changes. */
const alike = new Set([
  'v1/Pod',
  'v1/PodTemplate',
  'v1/PersistentVolume',
  'v1/PersistentVolumeClaim',
  'v1/Node',
  'v1/Namespace',
  'v1/ServiceAccount',
  'v1/Secret',
  'v1/ConfigMap',
  'v1/Event',
  'v1/LimitRange',
  'storage.k8s.io/v1/StorageClass',
  'storage.k8s.io/v1/CSIDriver',
  'storage.k8s.io/v1/CSINode',
  'storage.k8s.io/v1/CSIStorageCapacity',
  'storage.k8s.io/v1/VolumeAttachment',
  'storage.k8s.io/v1/VolumeAttributesClass',
  'coordination.k8s.io/v1/Lease',
  'events.k8s.io/v1/Event',
  'scheduling.k8s.io/v1/PriorityClass',
  'node.k8s.io/v1/RuntimeClass',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/ClusterRole',
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
  'discovery.k8s.io/v1/EndpointSlice',
  'certificates.k8s.io/v1/CertificateSigningRequest',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/DaemonSet',
  'apps/v1/StatefulSet',
  'v1/ReplicationController',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'apps/v1/ControllerRevision',
  'autoscaling/v1/HorizontalPodAutoscaler',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'policy/v1/PodDisruptionBudget',
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding',
  'apiextensions.k8s.io/v1/CustomResourceDefinition',
]);

/** Kinds of which every answer is upstream's when a stored object is replaced by one that differs in one place. */
const alikeOnUpdate = new Set([
  'v1/Pod',
  'v1/PodTemplate',
  'v1/PersistentVolume',
  'v1/PersistentVolumeClaim',
  'v1/Node',
  'v1/Namespace',
  'v1/ServiceAccount',
  'v1/Secret',
  'v1/Event',
  'storage.k8s.io/v1/StorageClass',
  'storage.k8s.io/v1/CSIDriver',
  'storage.k8s.io/v1/CSINode',
  'storage.k8s.io/v1/CSIStorageCapacity',
  'storage.k8s.io/v1/VolumeAttachment',
  'storage.k8s.io/v1/VolumeAttributesClass',
  'coordination.k8s.io/v1/Lease',
  'events.k8s.io/v1/Event',
  'scheduling.k8s.io/v1/PriorityClass',
  'node.k8s.io/v1/RuntimeClass',
  'rbac.authorization.k8s.io/v1/ClusterRole',
  'v1/ConfigMap',
  'v1/Endpoints',
  'v1/LimitRange',
  'rbac.authorization.k8s.io/v1/Role',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/DaemonSet',
  'apps/v1/StatefulSet',
  'v1/ReplicationController',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'apps/v1/ControllerRevision',
  'autoscaling/v1/HorizontalPodAutoscaler',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'policy/v1/PodDisruptionBudget',
  'v1/ResourceQuota',
  'v1/Service',
  'rbac.authorization.k8s.io/v1/RoleBinding',
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/IngressClass',
  'networking.k8s.io/v1/IPAddress',
  'networking.k8s.io/v1/NetworkPolicy',
  'networking.k8s.io/v1/ServiceCIDR',
  'discovery.k8s.io/v1/EndpointSlice',
  'certificates.k8s.io/v1/CertificateSigningRequest',
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding',
  'apiextensions.k8s.io/v1/CustomResourceDefinition',
]);

/** So many requests at a time. They ask for strict validation: what it says of unknown fields is compared as well. */
const atOnce = 16;

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  });
  afterAll(() => servers?.stop());

  test.each(samples)('$title is taken by both', async (sample) => {
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
      const different = await differing(mutations, (object) => servers.both(line, object));
      expect(unexplained(different, sample, 'create')).toEqual([]);
    },
  );

  test.each(samples.filter(({ kind }) => alikeOnUpdate.has(kind)))(
    '$title, stored, with any one place changed is answered alike',
    async (sample) => {
      const stored = await storeSample(servers, sample);
      try {
        const different = await differing(stored.mutations, stored.put);
        expect(unexplained(different, sample, 'update')).toEqual([]);
      } finally {
        await stored.remove();
      }
    },
  );

  test.each([
    ...samples.filter(({ title }) => statusSamples[title]).map((sample) => ({ ...sample, subresource: 'status' })),
    ...samples.filter(({ title }) => approvalSamples[title]).map((sample) => ({ ...sample, subresource: 'approval' })),
  ])('the $subresource of $title, with any one place changed, is answered alike', async (sample) => {
    const { title, subresource } = sample;
    const status = (subresource === 'status' ? statusSamples : approvalSamples)[title] ?? {};
    const stored = await storeForStatus(servers, sample, { status, subresource });
    try {
      const first = await differing(stored.mutations, stored.put);
      expect(unexplained(first, sample, 'first status')).toEqual([]);
      const { ours, upstream } = await stored.store();
      expect([ours.status, upstream.status]).toEqual([200, 200]);
      const different = await differing(stored.mutations, stored.put);
      expect(unexplained(different, sample, 'status')).toEqual([]);
    } finally {
      await stored.remove();
    }
  });
});

interface Different {
  title: string;
  found: string[];
}

/** The differences that nobody knows of, and what is known and explains none. */
function unexplained(different: Different[], { title: sample }: Sample, on: KnownChange['on']): Different[] {
  const known = knownChanges.filter((each) => each.on === on && each.sample.test(sample));
  const idle = known.filter(({ change }) => !different.some(({ title }) => change.test(title)));
  return [
    ...different.filter(({ title }) => !known.some(({ change }) => change.test(title))),
    ...idle.map(({ change }) => ({ title: String(change), found: ['answered alike: to be struck out'] })),
  ];
}

/** The changes that both answer differently, and how. */
async function differing(mutations: Mutation[], send: (object: unknown) => Promise<Pair>): Promise<Different[]> {
  expect(mutations.length).toBeGreaterThan(10);
  const different: Different[] = [];
  for (let start = 0; start < mutations.length; start += atOnce) {
    const answers = mutations.slice(start, start + atOnce).map(async ({ title, object }) => {
      const pair = await send(object).catch(unanswered);
      const found = 'why' in pair ? [pair.why] : differences(comparable(pair.ours), comparable(pair.upstream));
      if (found.length > 0) different.push({ title, found });
    });
    await Promise.all(answers);
  }
  return different;
}

/** One of both ended the connection instead. */
function unanswered(error: unknown): { why: string } {
  if (error instanceof UnreachableError) return { why: error.message };
  throw error;
}
