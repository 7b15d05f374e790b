import { expect, test } from 'vitest';
import { refusals } from '../testing.ts';

const starting = 'must be valid format starting with iqn, eui, or naa';
const reserved = 'kubernetes.io and k8s.io namespaces are reserved';
const pairs = 'must be a host:port pair or multiple pairs separated by commas';
const subdomain = (field: string, value: string) =>
  expect.stringContaining(`${field}: Invalid value: "${value}": a lowercase RFC 1123 subdomain`) as string;
const label = (field: string, value: string) =>
  expect.stringContaining(`${field}: Invalid value: "${value}": a lowercase RFC 1123 label`) as string;

/** `pod` and `volume`: what is refused in a pod's volume and in a persistent volume; one of them where both are alike. */
interface Row {
  name: string;
  source: object;
  pod?: string[];
  volume?: string[];
}

const rows: Row[] = [
  {
    name: 'a repository without one, upward',
    source: { gitRepo: { directory: '/a/..' } },
    pod: [
      'gitRepo.repository: Required value',
      'gitRepo.directory: Invalid value: "/a/..": must be a relative path',
      `gitRepo.directory: Invalid value: "/a/..": must not contain '..'`,
    ],
  },
  {
    name: 'disks of two clouds',
    source: { gcePersistentDisk: { partition: 256 } },
    pod: [
      'persistentDisk.pdName: Required value',
      'persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
    volume: [
      'persistentDisk.pdName: Required value',
      'persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  },
  {
    name: 'another disk',
    source: { awsElasticBlockStore: { partition: -1 } },
    pod: [
      'awsElasticBlockStore.volumeID: Required value',
      'awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive',
    ],
  },
  {
    name: 'a share without a path',
    source: { nfs: { server: 's' } },
    pod: ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path'],
    volume: ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path'],
  },
  {
    name: 'a target of no kind',
    source: { iscsi: { iqn: 'x', lun: 300, chapAuthSession: true, initiatorName: 'iqn' } },
    pod: [
      'iscsi.targetPortal: Required value',
      `iscsi.iqn: Invalid value: "x": ${starting}`,
      'iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
      'iscsi.secretRef: Required value',
      'iscsi.initiatorname: Invalid value: "iqn": must be valid format',
    ],
    volume: [
      'iscsi.targetPortal: Required value',
      'iscsi.iqn: Invalid value: "x": must be valid format',
      'iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
      'iscsi.secretRef: Required value',
      'iscsi.initiatorname: Invalid value: "iqn": must be valid format',
    ],
  },
  {
    name: 'a target whose name is right',
    source: {
      iscsi: {
        targetPortal: '10.0.0.1:3260',
        iqn: 'iqn.2015-02.example.com:a',
        lun: 1,
      },
    },
    pod: [],
    volume: [],
  },
  { name: 'no target', source: { iscsi: { targetPortal: 't', lun: 1 } }, pod: ['iscsi.iqn: Required value'] },
  {
    name: 'endpoints without a path',
    source: { glusterfs: { endpoints: 'e' } },
    pod: ['glusterfs.path: Required value'],
  },
  {
    name: 'endpoints of a namespace that none can be called',
    source: {
      glusterfs: {
        endpoints: 'e',
        path: 'p',
        endpointsNamespace: '',
      },
    },
    volume: [
      'glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
    ],
  },
  {
    name: 'no data set',
    source: { flocker: {} },
    pod: ['flocker: Required value: one of datasetName and datasetUUID is required'],
  },
  {
    name: 'two names of a data set',
    source: { flocker: { datasetName: 'a/b', datasetUUID: 'u' } },
    pod: [
      'flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
      `flocker.datasetName: Invalid value: "a/b": must not contain '/'`,
    ],
  },
  {
    name: 'an image of nobody',
    source: { rbd: {} },
    pod: ['rbd.monitors: Required value', 'rbd.image: Required value'],
  },
  {
    name: 'a secret without a name',
    source: { cinder: { volumeID: 'v', secretRef: {} } },
    pod: ['cinder.secretRef.name: Required value'],
    volume: ['cinder.secretRef.name: Required value', 'cinder.secretRef.namespace: Required value'],
  },
  { name: 'a file system of nobody', source: { cephfs: {} }, pod: ['cephfs.monitors: Required value'] },
  {
    name: 'a registry without a port',
    source: { quobyte: { registry: 'a:1,b' } },
    pod: [`quobyte.registry: Invalid value: "a:1,b": ${pairs}`, 'quobyte.volume: Required value'],
  },
  { name: 'no registry', source: { quobyte: { volume: 'v' } }, pod: [`quobyte.registry: Required value: ${pairs}`] },
  {
    name: 'a tenant that is too long',
    source: { quobyte: { registry: 'a:1', tenant: 'x'.repeat(65), volume: 'v' } },
    pod: ['quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 characters'],
  },
  {
    name: 'no channel',
    source: { fc: {} },
    pod: ['fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both'],
  },
  {
    name: 'two channels',
    source: { fc: { targetWWNs: ['a'], wwids: ['b'] } },
    pod: [
      'fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
      'fc.lun: Required value: lun is required if targetWWNs is specified',
    ],
  },
  {
    name: 'options of other people',
    source: { flexVolume: { options: { 'a.K8S.io/b': '1', 'kubernetes.io': '2', c: '3' } } },
    pod: [
      'flexVolume.driver: Required value',
      `flexVolume.options[a.K8S.io/b]: Invalid value: "a.K8S.io/b": ${reserved}`,
      `flexVolume.options[kubernetes.io]: Invalid value: "kubernetes.io": ${reserved}`,
    ],
  },
  {
    name: 'a share of a cloud',
    source: { azureFile: {} },
    pod: ['azureFile.secretName: Required value', 'azureFile.shareName: Required value'],
  },
  {
    name: 'a share of a cloud, with a namespace',
    source: { azureFile: { secretName: 's', shareName: 'n', secretNamespace: '' } },
    volume: ['azureFile.secretNamespace: Required value'],
  },
  { name: 'a path of a hypervisor', source: { vsphereVolume: {} }, pod: ['vsphereVolume.volumePath: Required value'] },
  {
    name: 'a disk of another',
    source: { photonPersistentDisk: {} },
    pod: ['photonPersistentDisk.pdID: Required value'],
  },
  { name: 'a volume of another', source: { portworxVolume: {} }, pod: ['portworxVolume.volumeID: Required value'] },
  {
    name: 'a disk at the wrong place',
    source: { azureDisk: { diskName: 'd', diskURI: 'ftp://', kind: 'Managed', cachingMode: 'Some' } },
    pod: [
      'azureDisk.cachingMode: Unsupported value: "Some": supported values: "None", "ReadOnly", "ReadWrite"',
      'azureDisk.diskURI: Unsupported value: "ftp://": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
  },
  {
    name: 'a shared disk at the wrong place',
    source: { azureDisk: { diskName: 'd', diskURI: 'ftp://' } },
    pod: [
      'azureDisk.diskURI: Unsupported value: "ftp://": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  },
  {
    name: 'a volume of no name',
    source: { storageos: { volumeNamespace: 'A', secretRef: {} } },
    pod: [
      'storageos.volumeName: Required value',
      label('storageos.volumeNamespace', 'A'),
      'storageos.secretRef.name: Required value',
    ],
  },
  {
    name: 'a gateway to nothing',
    source: { scaleIO: { secretRef: {} } },
    pod: ['scaleIO.gateway: Required value', 'scaleIO.system: Required value', 'scaleIO.volumeName: Required value'],
  },
  {
    name: 'a file system of the node, upward',
    source: { local: { path: 'a/..' } },
    volume: [
      `local.path: Invalid value: "a/..": must not contain '..'`,
      'nodeAffinity: Required value: Local volume requires node affinity',
    ],
  },
  {
    name: 'a driver with secrets of nowhere',
    source: { csi: { driver: 'A_b', nodePublishSecretRef: { name: 'N' } } },
    pod: [subdomain('csi.driver', 'A_b'), subdomain('csi.name', 'N')],
    volume: [
      subdomain('csi.driver', 'A_b'),
      'csi.volumeHandle: Required value',
      subdomain('csi.nodePublishSecretRef.name', 'N'),
      'csi.nodePublishSecretRef.namespace: Required value',
    ],
  },
  {
    name: 'an image without a reference',
    source: { image: { pullPolicy: 'Now' } },
    pod: [
      'image.reference: Required value',
      'image.pullPolicy: Unsupported value: "Now": supported values: "Always", "IfNotPresent", "Never"',
    ],
  },
];

function within(path: string, texts: string[]): unknown[] {
  return texts.map((text) => (typeof text === 'string' ? `${path}.${text}` : text));
}

test.each(rows.filter(({ pod }) => pod))('volume of a pod: $name', ({ source, pod = [] }) => {
  const spec = { containers: [{ name: 'a', image: 'i' }], volumes: [{ name: 'v', ...source }] };
  expect(refusals('Pod', { spec })).toEqual(within('spec.volumes[0]', pod));
});

test.each(rows.filter(({ volume }) => volume))('persistent volume: $name', ({ source, volume = [] }) => {
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...source };
  expect(refusals('PersistentVolume', { spec })).toEqual(within('spec', volume));
});

test('a target portal that is too long for its volume -> told of the name, or of the portal', () => {
  const iscsi = {
    targetPortal: 'p'.repeat(70),
    iqn: 'iqn.2015-02.example.com:a',
    lun: 1,
    initiatorName: 'iqn.2015-02.example.com:b',
  };
  const why =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  const pod = { containers: [{ name: 'a', image: 'i' }], volumes: [{ name: 'v', iscsi }] };
  expect(refusals('Pod', { spec: pod })).toEqual([`spec.volumes[0].name: Invalid value: "v": ${why}`]);
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, iscsi };
  expect(refusals('PersistentVolume', { spec })).toEqual([
    `spec.iscsi.targetportal: Invalid value: "${iscsi.targetPortal}": ${why}`,
  ]);
});

test('volumes that are in the way of each other -> refused', () => {
  const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  const volumes = [
    { name: 'd', ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b c' }, name: 'n' }, ...template } } },
    { name: 'e', ephemeral: { volumeClaimTemplate: template } },
    { name: 'v', persistentVolumeClaim: { claimName: 'x-e' } },
    { name: 'w', cephfs: { monitors: ['m'] }, downwardAPI: {}, emptyDir: {} },
  ];
  expect(refusals('Pod', { spec: { containers: [{ name: 'a', image: 'i' }], volumes } })).toEqual([
    expect.stringContaining('spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.labels: Invalid value: "b c"'),
    'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
    'spec.volumes[2].persistentVolumeClaim.claimName: Invalid value: "x-e": must not reference a PVC that gets created for an ephemeral volume',
    'spec.volumes[3].cephFS: Forbidden: may not specify more than 1 volume type',
    'spec.volumes[3].downwarAPI: Forbidden: may not specify more than 1 volume type',
  ]);
});

test.each<{ name: string; sources: object[]; want: string[] }>([
  {
    name: 'a path twice -> refused',
    sources: [
      { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
      { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
    ],
    want: [': Invalid value: "c": conflicting duplicate paths'],
  },
  {
    name: 'fields that a volume does not show',
    sources: [
      {
        downwardAPI: {
          items: [
            { path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } },
            { path: 'b', fieldRef: { fieldPath: 'spec.whatever' } },
            { path: 'c', fieldRef: { fieldPath: "metadata.labels['a b']" } },
            { path: 'd', resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } },
          ],
        },
      },
    ],
    want: [
      '.sources[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      '.sources[0].downwardAPI.fieldRef.fieldPath: Invalid value: "spec.whatever": error converting fieldPath: field label not supported: spec.whatever',
      expect.stringContaining(
        '.sources[0].downwardAPI.fieldRef: Invalid value: "a b": name part must consist',
      ) as string,
      '.sources[0].downwardAPI.resourceFieldRef.containerName: Required value',
      `.sources[0].downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
  },
])('projected: $name', ({ sources, want }) => {
  const volumes = [{ name: 'v', projected: { sources } }];
  expect(refusals('Pod', { spec: { containers: [{ name: 'a', image: 'i' }], volumes } })).toEqual(
    want.map((text) => (typeof text === 'string' ? `spec.volumes[0].projected${text}` : text)),
  );
});
