// What does a large healthy cluster look like to the doctor? Objects from a seed: the same numbers give the same cluster.

import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { rfc3339, rfc3339Micro } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { randomSuffix } from '../../src/base/random.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { type KindName, kindRows } from '../../src/doctor/snapshot/kinds.ts';
import { containerStatuses, managedFields, podConditions, podTemplate } from './pod-parts.ts';

export interface ClusterSize {
  claims: number;
  pods: number;
  nodes: number;
}

/** As issue and targets name it. */
export const fullSize: ClusterSize = { claims: 10_000, pods: 15_000, nodes: 500 };

const driver = 'disk.csi.example.com';
const replicas = 4;
const webReplicas = 9;
const dayMs = 86_400_000;
const minuteMs = 60_000;

type Rest = Record<string, unknown>;

/** Every object of the cluster, kind by kind; healthy at `nowMs`. */
export function* healthyCluster(
  size: ClusterSize,
  { nowMs, seed = 1 }: { nowMs: number; seed?: number },
): Generator<{ kind: KindName; object: KubeObject }> {
  const world = new World(size, nowMs, seededRandom(seed));
  yield* world.everything();
}

class World {
  readonly #size: ClusterSize;
  readonly #nowMs: number;
  readonly #random: Random;
  #revision = 1_000;

  constructor(size: ClusterSize, nowMs: number, random: Random) {
    this.#size = size;
    this.#nowMs = nowMs;
    this.#random = random;
  }

  *everything(): Generator<{ kind: KindName; object: KubeObject }> {
    yield* this.#clusterParts();
    yield* this.#nodes();
    for (let set = 0; set < this.#size.claims / replicas; set++) yield* this.#statefulSet(set);
    const others = this.#size.pods - this.#size.claims - this.#size.nodes;
    for (let web = 0; web < others / webReplicas; web++) yield* this.#deployment(web);
    yield* this.#backups();
  }

  #make(
    kind: KindName,
    at: { name: string; namespace?: string; ageMs?: number; labels?: Record<string, string>; owner?: Owner },
    rest: Rest,
  ): { kind: KindName; object: KubeObject & Rest } {
    const { group, version, kind: kindText } = kindRows[kind].resource;
    const { name, namespace, ageMs = 30 * dayMs, labels, owner } = at;
    const uid = this.#random.uuid();
    const metadata = {
      name,
      ...(namespace && { namespace }),
      uid,
      resourceVersion: String(this.#revision++),
      creationTimestamp: rfc3339(this.#nowMs - ageMs),
      ...(labels && { labels }),
      ...(owner && {
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: owner.kind,
            name: owner.name,
            uid: owner.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      }),
      managedFields: managedFields(rfc3339(this.#nowMs - ageMs)),
      ...(rest['metadata'] as Rest | undefined),
    };
    return {
      kind,
      object: {
        apiVersion: group === '' ? version : `${group}/${version}`,
        kind: kindText,
        ...rest,
        metadata,
      } as KubeObject & Rest,
    };
  }

  *#clusterParts() {
    for (let i = 0; i < 50; i++)
      yield this.#make(
        'namespaces',
        { name: `team-${i}` },
        { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
      );
    for (const name of ['default', 'kube-system', 'kube-node-lease', 'storage', 'velero'])
      yield this.#make('namespaces', { name }, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    yield this.#make(
      'classes',
      { name: 'fast' },
      {
        metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        provisioner: driver,
        volumeBindingMode: 'WaitForFirstConsumer',
        reclaimPolicy: 'Retain',
        allowVolumeExpansion: true,
      },
    );
    yield this.#make(
      'drivers',
      { name: driver },
      {
        spec: {
          attachRequired: true,
          podInfoOnMount: false,
          fsGroupPolicy: 'ReadWriteOnceWithFSType',
          volumeLifecycleModes: ['Persistent'],
          requiresRepublish: false,
          storageCapacity: false,
          seLinuxMount: false,
        },
      },
    );
    for (const prefix of ['', 'external-attacher-leader-', 'external-resizer-', 'external-snapshotter-leader-'])
      yield this.#make(
        'leases',
        { name: `${prefix}${driver.replaceAll('.', '-')}`, namespace: 'storage' },
        this.#leaseSpec('controller-0'),
      );
    yield this.#driverPod(
      'disk-controller-0',
      ['csi-provisioner', 'csi-attacher', 'csi-resizer', 'csi-snapshotter'],
      'node-0',
    );
    yield this.#make(
      'snapshotClasses',
      { name: 'fast', labels: { 'velero.io/csi-volumesnapshot-class': 'true' } },
      { driver, deletionPolicy: 'Retain' },
    );
  }

  #leaseSpec(holderIdentity: string): Rest {
    // A little ahead: a measurement that begins late must not find it stale.
    const renewTime = rfc3339Micro(this.#nowMs + minuteMs);
    return { spec: { holderIdentity, leaseDurationSeconds: 40, renewTime } };
  }

  #driverPod(name: string, images: string[], nodeName: string) {
    const args = [`--kubelet-registration-path=/var/lib/kubelet/plugins/${driver}/csi.sock`];
    const containers = images.map((each) => ({
      name: each,
      image: `registry.k8s.io/sig-storage/${each}:v6.0.0`,
      args,
      resources: {},
    }));
    return this.#make(
      'pods',
      { name, namespace: 'storage', labels: { app: 'disk' } },
      { spec: { nodeName, containers }, status: this.#podStatus(images) },
    );
  }

  #podStatus(names: readonly string[]): Rest {
    const since = rfc3339(this.#nowMs - 3 * dayMs);
    return {
      phase: 'Running',
      startTime: since,
      qosClass: 'Burstable',
      podIP: '10.0.0.1',
      hostIP: '10.1.0.1',
      conditions: podConditions(since),
      containerStatuses: containerStatuses(names, since),
    };
  }

  *#nodes() {
    for (let i = 0; i < this.#size.nodes; i++) {
      const name = `node-${i}`;
      const zone = `zone-${'abc'[i % 3]}`;
      const heard = { lastHeartbeatTime: rfc3339(this.#nowMs), lastTransitionTime: rfc3339(this.#nowMs - 20 * dayMs) };
      const inUse = this.#volumesOn(i).map((pv) => `kubernetes.io/csi/${driver}^disk-${pv}`);
      const pressure = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
        type,
        status: 'False',
        reason: 'KubeletHas',
        message: 'kubelet has enough',
        ...heard,
      }));
      yield this.#make(
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
              ...pressure,
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
              bootID: this.#random.uuid(),
              osImage: 'Debian GNU/Linux 12',
              kernelVersion: '6.1.0',
            },
            volumesInUse: inUse,
            volumesAttached: inUse.map((each) => ({ name: each, devicePath: '' })),
          },
        },
      );
      yield this.#make(
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
      yield this.#make('leases', { name, namespace: 'kube-node-lease' }, this.#leaseSpec(name));
      yield this.#driverPod(`disk-node-${i}`, ['csi-node-driver-registrar', 'liveness-probe'], name);
    }
  }

  #nodeOf(volume: number): number {
    return volume % this.#size.nodes;
  }

  #volumesOn(node: number): number[] {
    const found: number[] = [];
    for (let pv = node; pv < this.#size.claims; pv += this.#size.nodes) found.push(pv);
    return found;
  }

  *#statefulSet(set: number) {
    const namespace = `team-${set % 50}`;
    const name = `db-${set}`;
    const labels = { app: name };
    const hash = `${name}-${randomSuffix(this.#random, 9)}`;
    const template = podTemplate({ labels, claim: 'data' });
    const owner = this.#make(
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
    yield this.#make(
      'controllerRevisions',
      { name: hash, namespace, labels, owner: ref },
      { revision: 1, data: { spec: { template } } },
    );
    yield this.#make(
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
      yield* this.#member({ ordinal, volume: set * replicas + ordinal, namespace, name, labels, ref, template });
  }

  *#member({ ordinal, volume, namespace, name, labels, ref, template }: Member) {
    const pv = `pvc-${this.#random.uuid()}`;
    const nodeName = `node-${this.#nodeOf(volume)}`;
    const zone = `zone-${'abc'[this.#nodeOf(volume) % 3]}`;
    const claimName = `data-${name}-${ordinal}`;
    const capacity = { storage: '10Gi' };
    const claim = this.#make(
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
    yield this.#make(
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
        status: { phase: 'Bound', lastPhaseTransitionTime: rfc3339(this.#nowMs - 20 * dayMs) },
      },
    );
    yield this.#make(
      'attachments',
      { name: `csi-${this.#random.uuid().replaceAll('-', '')}` },
      {
        metadata: { finalizers: [`external-attacher/${driver.replaceAll('.', '-')}`] },
        spec: { attacher: driver, nodeName, source: { persistentVolumeName: pv } },
        status: { attached: true, attachmentMetadata: { devicePath: '/dev/sdb' } },
      },
    );
    const pod = this.#make(
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
        status: this.#podStatus(['app', 'metrics']),
      },
    );
    yield pod;
    // A fifth of the pods still has the events of a restart.
    if (volume % 5 === 0)
      for (const reason of ['Scheduled', 'SuccessfulAttachVolume', 'Pulled', 'Started'])
        yield this.#make(
          'events',
          { name: `${name}-${ordinal}.${randomSuffix(this.#random, 12)}`, namespace, ageMs: 20 * minuteMs },
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
            firstTimestamp: rfc3339(this.#nowMs - 20 * minuteMs),
            lastTimestamp: rfc3339(this.#nowMs - 20 * minuteMs),
            source: { component: 'kubelet' },
          },
        );
  }

  *#deployment(web: number) {
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
    const owner = this.#make(
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
    const set = this.#make(
      'replicaSets',
      { name: `${name}-new`, namespace, labels, owner: deployment },
      { spec: { replicas: webReplicas, selector: { matchLabels: labels }, template }, status },
    );
    yield set;
    for (const old of [1, 2, 3])
      yield this.#make(
        'replicaSets',
        { name: `${name}-old-${old}`, namespace, labels, owner: deployment },
        {
          spec: { replicas: 0, selector: { matchLabels: labels }, template },
          status: { replicas: 0, observedGeneration: 2 },
        },
      );
    const ref: Owner = { kind: 'ReplicaSet', name: `${name}-new`, uid: set.object.metadata.uid };
    for (let i = 0; i < webReplicas; i++)
      yield this.#make(
        'pods',
        { name: `${name}-new-${randomSuffix(this.#random)}`, namespace, labels, owner: ref, ageMs: 3 * dayMs },
        {
          spec: { ...template.spec, nodeName: `node-${(web * webReplicas + i) % this.#size.nodes}` },
          status: this.#podStatus(['app', 'metrics']),
        },
      );
  }

  *#backups() {
    const velero = 'velero';
    const at = (daysAgo: number): string => rfc3339(this.#nowMs - daysAgo * dayMs - 3 * 60 * minuteMs);
    yield this.#make(
      'backupLocations',
      { name: 'default', namespace: velero },
      {
        spec: { provider: 'aws', default: true, objectStorage: { bucket: 'backups' } },
        status: { phase: 'Available', lastSyncedTime: rfc3339(this.#nowMs), lastValidationTime: rfc3339(this.#nowMs) },
      },
    );
    yield this.#make(
      'schedules',
      { name: 'daily', namespace: velero },
      {
        spec: { schedule: '0 3 * * *', template: { storageLocation: 'default', ttl: '720h0m0s' } },
        status: { phase: 'Enabled', lastBackup: at(0) },
      },
    );
    for (let day = 0; day < 14; day++)
      yield this.#make(
        'backups',
        {
          name: `daily-${day}`,
          namespace: velero,
          labels: { 'velero.io/schedule-name': 'daily', 'velero.io/storage-location': 'default' },
          ageMs: day * dayMs + 3 * 60 * minuteMs,
        },
        {
          spec: { storageLocation: 'default', ttl: '720h0m0s', snapshotVolumes: true, includedNamespaces: ['*'] },
          status: {
            phase: 'Completed',
            formatVersion: '1.1.0',
            startTimestamp: at(day),
            completionTimestamp: at(day),
            expiration: rfc3339(this.#nowMs + (30 - day) * dayMs),
            csiVolumeSnapshotsAttempted: this.#size.claims,
            csiVolumeSnapshotsCompleted: this.#size.claims,
            progress: { totalItems: 9, itemsBackedUp: 9 },
          },
        },
      );
    yield this.#make(
      'restores',
      { name: 'drill', namespace: velero, ageMs: 5 * dayMs },
      {
        spec: { backupName: 'daily-5', namespaceMapping: { 'team-0': 'drill' } },
        status: { phase: 'Completed', startTimestamp: at(5), completionTimestamp: at(5) },
      },
    );
  }
}

interface Owner {
  kind: string;
  name: string;
  uid: string;
}

interface Member {
  ordinal: number;
  volume: number;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  ref: Owner;
  template: ReturnType<typeof podTemplate>;
}

function claimSpec(): Rest {
  return { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } };
}
