// Does every kind that has a status or a scale keep both apart from what is asked for?

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { apiVersionOf, groupResourceOf } from '../../apimachinery/meta.ts';
import { builtinResources } from '../../apis/builtin.ts';
import type { ResourceDefinition } from '../../apis/definition.ts';
import { until, untilCondition } from '../customresources/testing.ts';
import { testIdentities } from '../https/testing.ts';
import { mergePatch, startTestServer, type TestServer } from '../testing.ts';

type Fields = Record<string, unknown>;

interface Sample {
  body: Fields;
  /** One that its rules allow from the first. */
  status: Fields;
}

const selector = { matchLabels: { app: 'x' } };
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'i' }] } };
const jobTemplate = { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } };
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const snapshotSource = { snapshotHandle: 's' };
const contentSpec = { driver: 'd', deletionPolicy: 'Retain' };
const schema = { openAPIV3Schema: { type: 'object' } };
const matchConstraints = {
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
};
const condition = { type: 'Checked', status: 'True', reason: 'Looked', lastTransitionTime: '2026-01-01T00:00:00Z' };
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUk1Ia0NBUUF3RnpFVk1CTUdBMVVFQXd3TVpYaGhiWEJzWlM1amIyMHdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVFBQUFBQQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';

const samples: Record<string, Sample> = {
  namespaces: { body: {}, status: { phase: 'Active', conditions: [condition] } },
  nodes: { body: {}, status: { capacity: { cpu: '2' } } },
  persistentvolumes: {
    body: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: { driver: 'd', volumeHandle: 'h' },
        claimRef: undefined,
      },
    },
    status: { phase: 'Available' },
  },
  persistentvolumeclaims: { body: { spec: claimSpec }, status: { phase: 'Lost' } },
  pods: { body: { spec: template.spec }, status: { phase: 'Running', qosClass: 'BestEffort' } },
  replicationcontrollers: { body: { spec: { selector: { app: 'x' }, template } }, status: { replicas: 3 } },
  resourcequotas: { body: { spec: { hard: { pods: '1' } } }, status: { hard: { pods: '1' }, used: { pods: '0' } } },
  services: {
    body: { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } },
  },
  'daemonsets.apps': {
    body: { spec: { selector, template } },
    status: { currentNumberScheduled: 1, desiredNumberScheduled: 1, numberMisscheduled: 0, numberReady: 0 },
  },
  'deployments.apps': { body: { spec: { selector, template } }, status: { replicas: 3 } },
  'replicasets.apps': { body: { spec: { selector, template } }, status: { replicas: 3 } },
  'statefulsets.apps': { body: { spec: { selector, template, serviceName: 's' } }, status: { replicas: 3 } },
  'jobs.batch': { body: jobTemplate, status: { active: 1 } },
  'cronjobs.batch': {
    body: { spec: { schedule: '* * * * *', jobTemplate } },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
  },
  'poddisruptionbudgets.policy': {
    body: { spec: { selector, minAvailable: 1 } },
    status: { currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 },
  },
  'volumeattachments.storage.k8s.io': {
    body: { spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
    status: { attached: true },
  },
  'horizontalpodautoscalers.autoscaling': {
    body: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } } },
    status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: null },
  },
  'ingresses.networking.k8s.io': {
    body: { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } },
  },
  'servicecidrs.networking.k8s.io': { body: { spec: { cidrs: ['10.1.0.0/16'] } }, status: { conditions: [condition] } },
  'certificatesigningrequests.certificates.k8s.io': {
    body: { spec: { request: certificateRequest, signerName: 'example.com/s', usages: ['client auth'] } },
    status: { conditions: [{ type: 'Failed', status: 'True', reason: 'R' }] },
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    body: {
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    },
    status: { storedVersions: ['v1'], conditions: [condition] },
  },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    body: { spec: { matchConstraints, validations: [{ expression: 'true' }] } },
    status: { observedGeneration: 1 },
  },
  'volumesnapshots.snapshot.storage.k8s.io': {
    body: { spec: { source: { persistentVolumeClaimName: 'c' } } },
    status: { readyToUse: false },
  },
  'volumesnapshotcontents.snapshot.storage.k8s.io': {
    body: { spec: { ...contentSpec, source: snapshotSource, volumeSnapshotRef: { name: 's', namespace: 'default' } } },
    status: { readyToUse: false },
  },
  'volumegroupsnapshots.groupsnapshot.storage.k8s.io': {
    body: { spec: { source: { selector } } },
    status: { readyToUse: false },
  },
  'volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io': {
    body: {
      spec: {
        ...contentSpec,
        source: { volumeHandles: ['h'] },
        volumeGroupSnapshotRef: { name: 'g', namespace: 'default' },
      },
    },
    status: { readyToUse: false },
  },
};

const withStatus = builtinResources.filter(({ subresources }) => subresources.includes('status'));
const scaled = builtinResources.filter(({ subresources }) => subresources.includes('scale'));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function pathOf({ resource }: ResourceDefinition): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/${namespaced ? 'namespaces/default/' : ''}${plural}`;
}

function sampleOf(definition: ResourceDefinition): Sample {
  const sample = samples[groupResourceOf(definition.resource)];
  if (!sample) throw new Error(`a sample of ${definition.resource.kind} is missing above`);
  return sample;
}

async function make(definition: ResourceDefinition, name: string): Promise<KubeObject & Fields> {
  const { kind } = definition.resource;
  const metadata = { name: kind === 'CustomResourceDefinition' ? 'things.example.com' : name };
  const created = await server.create(pathOf(definition), { metadata, ...sampleOf(definition).body });
  const read = async (): Promise<KubeObject & Fields> =>
    (await server.call(`GET ${pathOf(definition)}/${metadata.name}`)).json;
  // The server itself writes into the status of these, once it has looked at them.
  if (kind === 'CustomResourceDefinition') await untilCondition(server, metadata.name, 'Established');
  else if (kind === 'ValidatingAdmissionPolicy')
    await until(async () => ((await read())['status'] as Fields | undefined)?.['observedGeneration'] === 1);
  else return created as KubeObject & Fields;
  return read();
}

test.each(
  withStatus.map((definition) => ({
    what: `${apiVersionOf(definition.resource)} ${definition.resource.kind}`,
    definition,
  })),
)(
  '$what: /status writes the status and nothing of the spec, the resource itself all but the status',
  async ({ definition }) => {
    const object = await make(definition, `s-${definition.resource.version}`);
    const at = `${pathOf(definition)}/${object.metadata.name}`;
    const { status } = sampleOf(definition);
    const annotated = {
      ...object,
      metadata: { ...object.metadata, labels: { ...object.metadata.labels, a: 'b' } },
      status,
    };

    const byMain = await server.call(`PUT ${at}`, annotated);
    expect([byMain.status, byMain.json.message]).toEqual([200, undefined]);
    expect(byMain.json.metadata.labels).toMatchObject({ a: 'b' });
    expect(byMain.json['status']).toEqual(object['status']);

    const byStatus = await server.call(`PUT ${at}/status`, { ...byMain.json, spec: {}, status });
    expect([byStatus.status, byStatus.json.message]).toEqual([200, undefined]);
    expect(byStatus.json['status']).toMatchObject(withoutNulls(status));
    expect(byStatus.json['spec']).toEqual(byMain.json['spec']);
    expect((await server.call(`GET ${at}/status`)).json).toEqual(byStatus.json);
  },
);

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

test.each(scaled.map((definition) => ({ what: definition.resource.kind, definition })))(
  '$what: /scale reads and sets the replicas, by every way to write',
  async ({ definition }) => {
    const { metadata } = await make(definition, 'scaled');
    const at = `${pathOf(definition)}/${metadata.name}`;
    const replicas = async (): Promise<unknown> =>
      ((await server.call(`GET ${at}`)).json['spec'] as Fields)['replicas'];
    const scale = (await server.call(`GET ${at}/scale`)).json;
    expect(scale).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: metadata.name, uid: metadata.uid },
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=x' },
    });
    expect((await server.call(`PUT ${at}/scale`, { ...scale, spec: { replicas: 2 } })).status).toBe(200);
    expect(await replicas()).toBe(2);
    expect((await server.call(`PUT ${at}/scale`, { ...scale, spec: { replicas: 9 } })).status).toBe(409);
    await server.call(`PATCH ${at}/scale`, { spec: { replicas: 3 } }, mergePatch);
    expect(await replicas()).toBe(3);
    const json = [{ op: 'replace', path: '/spec/replicas', value: 4 }];
    await server.call(`PATCH ${at}/scale`, json, { contentType: 'application/json-patch+json' });
    expect(await replicas()).toBe(4);
    const refused = await server.call(`PATCH ${at}/scale`, { spec: { replicas: -1 } }, mergePatch);
    expect(refused.json.message).toBe(
      `Scale.autoscaling "${metadata.name}" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0`,
    );
  },
);

test('the status of a VolumeAttachment -> its labels and finalizers stay as they were', async () => {
  const attachments = '/apis/storage.k8s.io/v1/volumeattachments';
  const spec = { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'pv' } };
  await server.create(attachments, { metadata: { name: 'va', labels: { a: 'b' } }, spec });
  const change = { metadata: { labels: { c: 'd' }, finalizers: ['x/y'] }, status: { attached: true } };
  const { json } = await server.call(`PATCH ${attachments}/va/status?fieldManager=m`, change, mergePatch);
  expect(json).toMatchObject({ metadata: { labels: { a: 'b' } }, status: { attached: true } });
  expect(json.metadata.finalizers).toBeUndefined();
  const own = json.metadata.managedFields?.find(({ manager }) => manager === 'm');
  expect(own?.fieldsV1).toEqual({ 'f:status': { 'f:attached': {} } });
});

test('conditions of a signing request -> timed by the server; who decides does not touch the certificate', async () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const pem = '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n';
  const spec = { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/s', usages: ['client auth'] };
  await server.create(path, { metadata: { name: 'r' }, spec });
  const { server: identity } = await testIdentities();
  const issued = { status: { certificate: Buffer.from(identity.cert).toString('base64') } };
  expect((await server.call(`PATCH ${path}/r/status`, issued, mergePatch)).status).toBe(200);
  const decision = { status: { certificate: null, conditions: [{ type: 'Approved', status: 'True', reason: 'R' }] } };
  const { json } = await server.call(`PATCH ${path}/r/approval`, decision, mergePatch);
  const time = expect.stringMatching(/Z$/) as string;
  const condition = { type: 'Approved', lastUpdateTime: time, lastTransitionTime: time };
  expect(json).toMatchObject({ status: { ...issued.status, conditions: [condition] } });
});

test.each([
  { type: 'Approved', had: [], code: 422, want: [], why: 'updates may not add a condition of type "Approved"' },
  { type: 'Denied', had: [], code: 422, want: [], why: 'updates may not add a condition of type "Denied"' },
  { type: 'Failed', had: [], code: 200, want: ['by the signer'] },
  { type: 'Approved', had: ['by a person'], code: 200, want: ['by a person'] },
])('a signer says $type of a request that has $had -> $code', async ({ type, had, code, want, why }) => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const pem = '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n';
  const spec = { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/s', usages: ['client auth'] };
  const name = `said-${type.toLowerCase()}-${had.length}`;
  await server.create(path, { metadata: { name }, spec });
  const says = (message: string): object => ({
    status: { conditions: [{ type, status: 'True', reason: 'R', message }] },
  });
  for (const message of had) await server.call(`PATCH ${path}/${name}/approval`, says(message), mergePatch);
  const { status, json } = await server.call(`PATCH ${path}/${name}/status`, says('by the signer'), mergePatch);
  expect(status).toBe(code);
  if (why !== undefined) expect(json.message).toContain(`status.conditions: Forbidden: ${why}`);
  const { json: kept } = await server.call(`GET ${path}/${name}`);
  const { conditions = [] } = kept['status'] as unknown as { conditions?: { message: string }[] };
  expect(conditions.map(({ message }) => message)).toEqual(want);
});
