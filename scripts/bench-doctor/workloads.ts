// Which workloads does the generated cluster run? Databases with claims, web servers without, all of them Ready.

import { rfc3339 } from '../../src/base/clock.ts';
import { randomSuffix } from '../../src/base/random.ts';
import { podTemplate } from './pod-parts.ts';
import { dayMs, driver, minuteMs, type Owner, type Rest, type World } from './world.ts';

export const replicas = 4;
export const webReplicas = 9;

interface Member {
  ordinal: number;
  volume: number;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  ref: Owner;
  template: ReturnType<typeof podTemplate>;
}

export function* statefulSet(world: World, set: number) {
  const namespace = `team-${set % 50}`;
  const name = `db-${set}`;
  const labels = { app: name };
  const hash = `${name}-${randomSuffix(world.random, 9)}`;
  const template = podTemplate({ labels, claim: 'data' });
  const owner = world.make(
    'statefulSets',
    { name, namespace, labels },
    {
      spec: {
        replicas,
        serviceName: name,
        selector: { matchLabels: labels },
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        template,
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec() }],
      },
      status: {
        replicas,
        readyReplicas: replicas,
        currentReplicas: replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        currentRevision: hash,
        updateRevision: hash,
        observedGeneration: 1,
        collisionCount: 0,
      },
    },
  );
  yield owner;
  const ref: Owner = { kind: 'StatefulSet', name, uid: owner.object.metadata.uid };
  yield world.make(
    'budgets',
    { name, namespace, labels },
    {
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      status: {
        currentHealthy: replicas,
        desiredHealthy: replicas - 1,
        disruptionsAllowed: 1,
        expectedPods: replicas,
      },
    },
  );
  for (let ordinal = 0; ordinal < replicas; ordinal++)
    yield* member(world, { ordinal, volume: set * replicas + ordinal, namespace, name, labels, ref, template });
}

function* member(world: World, member: Member) {
  const { ordinal, volume, namespace, name, labels } = member;
  const pv = `pvc-${world.random.uuid()}`;
  const nodeName = `node-${world.nodeOf(volume)}`;
  const zone = `zone-${'abc'[world.nodeOf(volume) % 3]}`;
  const claimName = `data-${name}-${ordinal}`;
  const capacity = { storage: '10Gi' };
  const claim = world.make(
    'claims',
    { name: claimName, namespace, labels },
    {
      metadata: {
        annotations: {
          'volume.kubernetes.io/storage-provisioner': driver,
          'volume.kubernetes.io/selected-node': nodeName,
          'pv.kubernetes.io/bind-completed': 'yes',
          'pv.kubernetes.io/bound-by-controller': 'yes',
        },
        finalizers: ['kubernetes.io/pvc-protection'],
      },
      spec: { ...claimSpec(), volumeName: pv, volumeMode: 'Filesystem' },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity },
    },
  );
  yield claim;
  yield world.make(
    'volumes',
    { name: pv },
    {
      metadata: {
        annotations: { 'pv.kubernetes.io/provisioned-by': driver },
        finalizers: ['kubernetes.io/pv-protection', `external-attacher/${driver.replaceAll('.', '-')}`],
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity,
        storageClassName: 'fast',
        persistentVolumeReclaimPolicy: 'Retain',
        volumeMode: 'Filesystem',
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace,
          name: claimName,
          uid: claim.object.metadata.uid,
        },
        csi: {
          driver,
          volumeHandle: `disk-${volume}`,
          fsType: 'ext4',
          volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': 'x' },
        },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] },
            ],
          },
        },
      },
      status: { phase: 'Bound', lastPhaseTransitionTime: rfc3339(world.nowMs - 20 * dayMs) },
    },
  );
  yield* memberPod(world, member, pv);
}

/** The pod with its attachment, and what is left of its events. */
function* memberPod(world: World, { ordinal, volume, namespace, name, labels, ref, template }: Member, pv: string) {
  const nodeName = `node-${world.nodeOf(volume)}`;
  const claimName = `data-${name}-${ordinal}`;
  yield world.make(
    'attachments',
    { name: `csi-${world.random.uuid().replaceAll('-', '')}` },
    {
      metadata: { finalizers: [`external-attacher/${driver.replaceAll('.', '-')}`] },
      spec: { attacher: driver, nodeName, source: { persistentVolumeName: pv } },
      status: { attached: true, attachmentMetadata: { devicePath: '/dev/sdb' } },
    },
  );
  const pod = world.make(
    'pods',
    {
      name: `${name}-${ordinal}`,
      namespace,
      labels: { ...labels, 'statefulset.kubernetes.io/pod-name': `${name}-${ordinal}` },
      owner: ref,
      ageMs: 3 * dayMs,
    },
    {
      spec: {
        ...template.spec,
        nodeName,
        hostname: `${name}-${ordinal}`,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }, ...template.spec.volumes.slice(1)],
      },
      status: world.podStatus(['app', 'metrics']),
    },
  );
  yield pod;
  // A fifth of the pods still has the events of a restart.
  if (volume % 5 === 0)
    for (const reason of ['Scheduled', 'SuccessfulAttachVolume', 'Pulled', 'Started'])
      yield world.make(
        'events',
        { name: `${name}-${ordinal}.${randomSuffix(world.random, 12)}`, namespace, ageMs: 20 * minuteMs },
        {
          involvedObject: {
            apiVersion: 'v1',
            kind: 'Pod',
            namespace,
            name: `${name}-${ordinal}`,
            uid: pod.object.metadata.uid,
          },
          reason,
          message: `${reason} of ${name}-${ordinal}`,
          type: 'Normal',
          count: 1,
          firstTimestamp: rfc3339(world.nowMs - 20 * minuteMs),
          lastTimestamp: rfc3339(world.nowMs - 20 * minuteMs),
          source: { component: 'kubelet' },
        },
      );
}

export function* deployment(world: World, web: number) {
  const namespace = `team-${web % 50}`;
  const name = `web-${web}`;
  const labels = { app: name };
  const template = podTemplate({ labels, claim: undefined });
  const status = {
    replicas: webReplicas,
    readyReplicas: webReplicas,
    availableReplicas: webReplicas,
    observedGeneration: 1,
  };
  const owner = world.make(
    'deployments',
    { name, namespace, labels },
    {
      spec: {
        replicas: webReplicas,
        selector: { matchLabels: labels },
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      },
      status: { ...status, updatedReplicas: webReplicas },
    },
  );
  yield owner;
  const deployment: Owner = { kind: 'Deployment', name, uid: owner.object.metadata.uid };
  const set = world.make(
    'replicaSets',
    { name: `${name}-new`, namespace, labels, owner: deployment },
    { spec: { replicas: webReplicas, selector: { matchLabels: labels }, template }, status },
  );
  yield set;
  for (const old of [1, 2, 3])
    yield world.make(
      'replicaSets',
      { name: `${name}-old-${old}`, namespace, labels, owner: deployment },
      {
        spec: { replicas: 0, selector: { matchLabels: labels }, template },
        status: { replicas: 0, observedGeneration: 2 },
      },
    );
  const ref: Owner = { kind: 'ReplicaSet', name: `${name}-new`, uid: set.object.metadata.uid };
  for (let i = 0; i < webReplicas; i++)
    yield world.make(
      'pods',
      { name: `${name}-new-${randomSuffix(world.random)}`, namespace, labels, owner: ref, ageMs: 3 * dayMs },
      {
        spec: { ...template.spec, nodeName: `node-${(web * webReplicas + i) % world.size.nodes}` },
        status: world.podStatus(['app', 'metrics']),
      },
    );
}

function claimSpec(): Rest {
  return { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } };
}
