// Valid objects of the core group that between them have about every field; each is given its name when it is sent.

import type { Samples } from './samples.ts';

const labels = { app: 'web' };
const image = 'registry.example/app:1';
const c = { name: 'c', image };
const requirement = (operator: string, values?: string[]) => ({ key: 'zone', operator, ...(values && { values }) });
const podTerm = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname', namespaces: ['a'] };
const wideTerm = { topologyKey: 'zone', namespaceSelector: {}, matchLabelKeys: ['rev'], labelSelector: {} };
const pv = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
const volumes = (entries: Record<string, object>) =>
  Object.entries(entries).map(([name, source]) => ({ name: name.toLowerCase(), [name.split('-')[0] ?? '']: source }));

export const coreSamples: Samples = {
  'v1/Pod': {
    minimal: { spec: { containers: [c] } },
    containers: {
      metadata: { labels, annotations: { note: 'x' }, finalizers: ['example.com/f'] },
      spec: {
        restartPolicy: 'OnFailure',
        terminationGracePeriodSeconds: 5,
        activeDeadlineSeconds: 60,
        initContainers: [
          { name: 'side', image, restartPolicy: 'Always', startupProbe: { exec: { command: ['true'] } } },
          { name: 'init', image, command: ['a'] },
        ],
        containers: [
          {
            ...c,
            command: ['sh'],
            args: ['-c', '$(A)'],
            workingDir: '/tmp',
            ports: [
              { name: 'http', containerPort: 80, protocol: 'TCP', hostPort: 8080, hostIP: '10.0.0.1' },
              { containerPort: 53, protocol: 'UDP' },
            ],
            envFrom: [
              { prefix: 'P_', configMapRef: { name: 'm', optional: true } },
              { secretRef: { name: 's', optional: false } },
            ],
            env: [
              { name: 'A', value: 'x' },
              { name: 'B', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
              { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
              { name: 'D', valueFrom: { configMapKeyRef: { name: 'm', key: 'k', optional: true } } },
              { name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              { name: 'F', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
              { name: 'G', valueFrom: { fileKeyRef: { volumeName: 'env', path: 'a/b', key: 'K', optional: true } } },
            ],
            resources: {
              limits: { cpu: '1', memory: '64Mi', 'example.com/gpu': '1', 'ephemeral-storage': '1Gi' },
              requests: { cpu: '100m', memory: '32Mi', 'example.com/gpu': '1' },
            },
            resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
            volumeMounts: [
              { name: 'env', mountPath: '/env', readOnly: true, subPath: 'a', mountPropagation: 'HostToContainer' },
              { name: 'env', mountPath: '/more', readOnly: true, subPathExpr: '$(A)', recursiveReadOnly: 'Disabled' },
            ],
            livenessProbe: {
              httpGet: {
                path: '/x',
                port: 'http',
                host: 'h',
                scheme: 'HTTPS',
                httpHeaders: [{ name: 'A', value: 'b' }],
              },
              initialDelaySeconds: 1,
              timeoutSeconds: 2,
              periodSeconds: 3,
              successThreshold: 1,
              failureThreshold: 4,
              terminationGracePeriodSeconds: 5,
            },
            readinessProbe: { tcpSocket: { port: 80, host: 'h' }, successThreshold: 2 },
            startupProbe: { grpc: { port: 5, service: 's' } },
            lifecycle: {
              postStart: { exec: { command: ['true'] } },
              preStop: { httpGet: { port: 80, path: '/stop' } },
            },
            terminationMessagePath: '/dev/x',
            terminationMessagePolicy: 'FallbackToLogsOnError',
            imagePullPolicy: 'Always',
            securityContext: {
              capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
              privileged: false,
              runAsUser: 1,
              runAsGroup: 2,
              runAsNonRoot: true,
              readOnlyRootFilesystem: true,
              allowPrivilegeEscalation: false,
              procMount: 'Default',
              seLinuxOptions: { user: 'u', role: 'r', type: 't', level: 'l' },
              seccompProfile: { type: 'Localhost', localhostProfile: 'p/a.json' },
              appArmorProfile: { type: 'Localhost', localhostProfile: 'p' },
            },
            stdin: true,
            stdinOnce: true,
            tty: true,
          },
          { name: 'sleeper', image, lifecycle: { preStop: { sleep: { seconds: 2 } } } },
        ],
        volumes: [{ name: 'env', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
      },
    },
    placement: {
      metadata: { labels },
      spec: {
        containers: [c],
        nodeSelector: { disk: 'ssd' },
        serviceAccountName: 'default',
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: 'pull' }],
        hostname: 'host',
        subdomain: 'sub',
        setHostnameAsFQDN: true,
        schedulerName: 'other',
        schedulingGates: [{ name: 'example.com/gate' }],
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['10.0.0.1'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
        hostAliases: [{ ip: '10.0.0.2', hostnames: ['a'] }],
        enableServiceLinks: false,
        preemptionPolicy: 'PreemptLowerPriority',
        shareProcessNamespace: true,
        readinessGates: [{ conditionType: 'example.com/ready' }],
        os: { name: 'linux' },
        tolerations: [
          { key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 3 },
          { operator: 'Exists' },
          { key: 'n', operator: 'Exists', effect: 'NoSchedule' },
        ],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            minDomains: 2,
            labelSelector: { matchLabels: labels },
            nodeAffinityPolicy: 'Honor',
            nodeTaintsPolicy: 'Ignore',
            matchLabelKeys: ['rev'],
          },
        ],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [requirement('In', ['a']), requirement('Exists'), requirement('Gt', ['1'])] },
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 5, preference: { matchExpressions: [requirement('NotIn', ['b'])] } },
            ],
          },
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [podTerm],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: wideTerm }],
          },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ ...podTerm, mismatchLabelKeys: ['x'] }],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: podTerm }],
          },
        },
        securityContext: {
          runAsUser: 1,
          runAsGroup: 1,
          runAsNonRoot: true,
          fsGroup: 2,
          fsGroupChangePolicy: 'OnRootMismatch',
          supplementalGroups: [3],
          supplementalGroupsPolicy: 'Strict',
          sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
          seLinuxOptions: { level: 's0' },
          seLinuxChangePolicy: 'Recursive',
          seccompProfile: { type: 'RuntimeDefault' },
          appArmorProfile: { type: 'Unconfined' },
        },
      },
    },
    host: {
      spec: { containers: [{ ...c, ports: [{ containerPort: 80 }] }], hostNetwork: true, hostPID: true, hostIPC: true },
    },
    windows: {
      spec: {
        os: { name: 'windows' },
        securityContext: {
          windowsOptions: { gmsaCredentialSpecName: 'g', gmsaCredentialSpec: 'x', runAsUserName: 'ContainerUser' },
        },
        containers: [{ ...c, securityContext: { windowsOptions: { runAsUserName: 'a\\b', hostProcess: false } } }],
      },
    },
    restartRules: {
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            ...c,
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
          },
        ],
      },
    },
    hostUsers: {
      spec: { containers: [c], hostUsers: false, hostnameOverride: 'my.host', resources: { limits: { cpu: '2' } } },
    },
    claims: {
      spec: {
        resourceClaims: [
          { name: 'gpu', resourceClaimName: 'g' },
          { name: 'tpl', resourceClaimTemplateName: 't' },
        ],
        containers: [{ ...c, resources: { claims: [{ name: 'gpu', request: 'r' }] } }],
      },
    },
    stopSignal: {
      spec: { os: { name: 'linux' }, containers: [{ ...c, lifecycle: { stopSignal: 'SIGUSR1' } }] },
    },
    volumes: {
      spec: {
        containers: [{ ...c, volumeDevices: [{ name: 'block', devicePath: '/dev/xvda' }] }],
        volumes: [
          { name: 'block', persistentVolumeClaim: { claimName: 'data', readOnly: true } },
          ...volumes({
            hostPath: { path: '/x', type: 'Directory' },
            secret: { secretName: 's', defaultMode: 256, optional: true, items: [{ key: 'k', path: 'p', mode: 256 }] },
            configMap: { name: 'm', defaultMode: 420, items: [{ key: 'k', path: 'a/b' }], optional: false },
            downwardAPI: {
              defaultMode: 420,
              items: [
                { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                {
                  path: 'cpu',
                  resourceFieldRef: { containerName: 'c', resource: 'requests.cpu', divisor: '1' },
                  mode: 256,
                },
              ],
            },
            projected: {
              defaultMode: 420,
              sources: [
                { secret: { name: 's', items: [{ key: 'k', path: 'one' }], optional: true } },
                { configMap: { name: 'm', items: [{ key: 'k', path: 'two' }] } },
                { downwardAPI: { items: [{ path: 'three', fieldRef: { fieldPath: 'metadata.name' } }] } },
                { serviceAccountToken: { audience: 'a', expirationSeconds: 3600, path: 'token' } },
                { clusterTrustBundle: { name: 'b', path: 'four', optional: true } },
                {
                  podCertificate: {
                    signerName: 'example.com/s',
                    keyType: 'ED25519',
                    maxExpirationSeconds: 3600,
                    credentialBundlePath: 'bundle',
                    userAnnotations: { 'example.com/a': 'b' },
                  },
                },
              ],
            },
            ephemeral: {
              volumeClaimTemplate: {
                metadata: { labels },
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
            csi: {
              driver: 'd.example.com',
              fsType: 'ext4',
              readOnly: true,
              volumeAttributes: { a: 'b' },
              nodePublishSecretRef: { name: 's' },
            },
            image: { reference: 'r', pullPolicy: 'IfNotPresent' },
            nfs: { server: 's', path: '/p', readOnly: true },
          }),
        ],
      },
    },
    oldVolumes: {
      spec: {
        containers: [c],
        volumes: volumes({
          iscsi: {
            targetPortal: '1.2.3.4:3260',
            iqn: 'iqn.2001-04.com.example:storage.kube.sys1.xyz',
            lun: 1,
            portals: ['1.2.3.5'],
            chapAuthSession: true,
            initiatorName: 'iqn.2001-04.com.example:storage.kube.sys1.abc',
            secretRef: { name: 's' },
          },
          rbd: { monitors: ['m'], image: 'i', pool: 'p', user: 'u', keyring: 'k', secretRef: { name: 's' } },
          cephfs: { monitors: ['m'], path: '/', user: 'u', secretFile: '/f' },
          cinder: { volumeID: 'v', fsType: 'ext4', secretRef: { name: 's' } },
          fc: { targetWWNs: ['w'], lun: 1, fsType: 'ext4' },
          flexVolume: { driver: 'a/b', fsType: 'ext4', options: { a: 'b' }, secretRef: { name: 's' } },
          glusterfs: { endpoints: 'e', path: 'p' },
          gcePersistentDisk: { pdName: 'p', partition: 1 },
          awsElasticBlockStore: { volumeID: 'v', partition: 1 },
          azureDisk: { diskName: 'd', diskURI: 'https://blob/d', kind: 'Shared' },
          azureFile: { secretName: 's', shareName: 'n' },
          vsphereVolume: { volumePath: 'v' },
          portworxVolume: { volumeID: 'v' },
          scaleIO: { gateway: 'g', system: 's', secretRef: { name: 's' }, volumeName: 'v' },
          storageos: { volumeName: 'v', volumeNamespace: 'n' },
          quobyte: { registry: 'r:1', volume: 'v' },
          flocker: { datasetName: 'd' },
          photonPersistentDisk: { pdID: 'p' },
          gitRepo: { repository: 'r', directory: 'd', revision: 'x' },
        }),
      },
    },
  },
  'v1/PersistentVolumeClaim': {
    minimal: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    full: {
      spec: {
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        selector: { matchLabels: labels, matchExpressions: [requirement('In', ['a'])] },
        resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } },
        volumeName: 'pv-1',
        storageClassName: 'fast',
        volumeMode: 'Block',
        volumeAttributesClassName: 'gold',
      },
    },
    cloned: {
      spec: {
        accessModes: ['ReadWriteOncePod'],
        resources: { requests: { storage: '1Gi' } },
        dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
      },
    },
    populated: {
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Gi' } },
        dataSourceRef: { apiGroup: 'example.com', kind: 'Filler', name: 'f' },
      },
    },
  },
  'v1/PersistentVolume': {
    csi: {
      spec: {
        ...pv,
        claimRef: { namespace: 'default', name: 'c' },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'fast',
        mountOptions: ['ro'],
        volumeMode: 'Filesystem',
        volumeAttributesClassName: 'gold',
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [requirement('In', ['a'])] }] } },
        csi: {
          driver: 'd.example.com',
          volumeHandle: 'h',
          readOnly: true,
          fsType: 'ext4',
          volumeAttributes: { a: 'b' },
          controllerPublishSecretRef: { name: 's', namespace: 'n' },
          nodeStageSecretRef: { name: 's', namespace: 'n' },
          nodePublishSecretRef: { name: 's', namespace: 'n' },
          controllerExpandSecretRef: { name: 's', namespace: 'n' },
          nodeExpandSecretRef: { name: 's', namespace: 'n' },
        },
      },
    },
    hostPath: { spec: { ...pv, hostPath: { path: '/x', type: 'DirectoryOrCreate' } } },
    local: {
      spec: {
        ...pv,
        local: { path: '/x', fsType: 'xfs' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [requirement('In', ['a'])] }] } },
      },
    },
    nfs: { spec: { ...pv, nfs: { server: 's', path: '/p', readOnly: true } } },
    iscsi: {
      spec: {
        ...pv,
        iscsi: {
          targetPortal: '1.2.3.4',
          iqn: 'iqn.2001-04.com.example:x',
          lun: 0,
          secretRef: { name: 's', namespace: 'n' },
        },
      },
    },
    rbd: { spec: { ...pv, rbd: { monitors: ['m'], image: 'i', secretRef: { name: 's', namespace: 'n' } } } },
    cephfs: { spec: { ...pv, cephfs: { monitors: ['m'], secretRef: { name: 's', namespace: 'n' } } } },
    cinder: { spec: { ...pv, cinder: { volumeID: 'v', secretRef: { name: 's', namespace: 'n' } } } },
    fc: { spec: { ...pv, fc: { wwids: ['w'] } } },
    flexVolume: { spec: { ...pv, flexVolume: { driver: 'a/b', secretRef: { name: 's', namespace: 'n' } } } },
    glusterfs: { spec: { ...pv, glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: 'n' } } },
    gcePersistentDisk: { spec: { ...pv, gcePersistentDisk: { pdName: 'p' } } },
    awsElasticBlockStore: { spec: { ...pv, awsElasticBlockStore: { volumeID: 'v' } } },
    azureDisk: { spec: { ...pv, azureDisk: { diskName: 'd', diskURI: 'https://a.blob.core.windows.net/c/d.vhd' } } },
    azureFile: { spec: { ...pv, azureFile: { secretName: 's', shareName: 'n', secretNamespace: 'x' } } },
    vsphereVolume: { spec: { ...pv, vsphereVolume: { volumePath: 'v' } } },
    portworxVolume: { spec: { ...pv, portworxVolume: { volumeID: 'v' } } },
    scaleIO: { spec: { ...pv, scaleIO: { gateway: 'g', system: 's', secretRef: { name: 's' }, volumeName: 'v' } } },
    storageos: { spec: { ...pv, storageos: { volumeName: 'v', secretRef: { name: 's', namespace: 'n' } } } },
    quobyte: { spec: { ...pv, quobyte: { registry: 'r:1', volume: 'v' } } },
    flocker: { spec: { ...pv, flocker: { datasetUUID: 'd' } } },
    photonPersistentDisk: { spec: { ...pv, photonPersistentDisk: { pdID: 'p' } } },
  },
  'v1/Secret': {
    opaque: { data: { a: 'eA==' }, stringData: { b: 'y' }, immutable: true },
    tls: { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } },
    basic: { type: 'kubernetes.io/basic-auth', stringData: { username: 'u', password: 'p' } },
    ssh: { type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': 'p' } },
    docker: { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{"auths":{}}' } },
    dockercfg: { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '{}' } },
    token: {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } },
    },
    bootstrap: { type: 'bootstrap.kubernetes.io/token', stringData: { 'token-id': 'abcdef' } },
  },
  'v1/ConfigMap': { full: { data: { a: 'x', 'b.c_d-e': '' }, binaryData: { d: 'eA==' }, immutable: false }, empty: {} },
  'v1/Service': {
    minimal: { spec: { ports: [{ port: 80 }] } },
    clusterIp: {
      spec: {
        selector: labels,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
        publishNotReadyAddresses: true,
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferSameZone',
        externalIPs: ['1.2.3.4'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        ports: [
          { name: 'a', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'example.com/x' },
          { name: 'b', port: 80, targetPort: 5, protocol: 'UDP' },
        ],
      },
    },
    fixed: { spec: { clusterIP: '10.96.200.7', clusterIPs: ['10.96.200.7'], ports: [{ port: 80 }] } },
    headless: { spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] } },
    headlessBare: { spec: { clusterIP: 'None' } },
    nodePort: { spec: { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30333 }] } },
    balanced: {
      spec: {
        type: 'LoadBalancer',
        loadBalancerIP: '1.2.3.4',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        loadBalancerClass: 'example.com/lb',
        allocateLoadBalancerNodePorts: false,
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 30444,
        ports: [{ port: 443 }],
      },
    },
    external: { spec: { type: 'ExternalName', externalName: 'a.example.com' } },
  },
  'v1/Node': {
    minimal: {},
    full: {
      metadata: { labels: { zone: 'a' } },
      spec: {
        podCIDR: '10.1.0.0/24',
        podCIDRs: ['10.1.0.0/24'],
        providerID: 'p://x',
        unschedulable: true,
        taints: [
          { key: 'a', value: 'b', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoExecute', timeAdded: '2020-01-01T00:00:00Z' },
        ],
      },
      status: {
        capacity: { cpu: '2', memory: '1Gi', pods: '110', 'example.com/gpu': '1' },
        allocatable: { cpu: '1' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'r', message: 'm' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        images: [{ names: ['a'], sizeBytes: 5 }],
      },
    },
  },
  'v1/Namespace': {
    minimal: {},
    full: { metadata: { labels }, spec: { finalizers: ['example.com/f', 'kubernetes'] } },
  },
  'v1/Event': {
    minimal: { involvedObject: { namespace: 'default' } },
    full: {
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p', uid: 'u', fieldPath: 'f' },
      reason: 'R',
      message: 'm',
      source: { component: 'c', host: 'h' },
      firstTimestamp: '2020-01-01T00:00:00Z',
      lastTimestamp: '2020-01-01T00:00:00Z',
      count: 3,
      type: 'Normal',
    },
    fresh: {
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p' },
      reason: 'R',
      message: 'm',
      type: 'Warning',
      eventTime: '2020-01-01T00:00:00.000000Z',
      series: { count: 2, lastObservedTime: '2020-01-01T00:00:00.000000Z' },
      action: 'A',
      related: { kind: 'Node', name: 'n' },
      reportingComponent: 'example.com/c',
      reportingInstance: 'i',
    },
  },
  'v1/ServiceAccount': {
    full: { secrets: [{ name: 's' }], imagePullSecrets: [{ name: 'p' }], automountServiceAccountToken: false },
  },
  'v1/Endpoints': {
    full: {
      subsets: [
        {
          addresses: [
            {
              ip: '10.1.0.1',
              hostname: 'h',
              nodeName: 'n',
              targetRef: { kind: 'Pod', name: 'p', namespace: 'default' },
            },
          ],
          notReadyAddresses: [{ ip: '10.1.0.2' }],
          ports: [
            { name: 'a', port: 80, protocol: 'TCP', appProtocol: 'example.com/x' },
            { name: 'b', port: 81 },
          ],
        },
        { addresses: [{ ip: '10.1.0.3' }], ports: [{ port: 80 }] },
      ],
    },
    empty: {},
  },
  'v1/ResourceQuota': {
    full: {
      spec: {
        hard: {
          cpu: '1',
          'requests.memory': '1Gi',
          pods: '3',
          'count/jobs.batch': '5',
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
        },
      },
    },
    scoped: {
      spec: {
        hard: { pods: '3' },
        scopes: ['NotTerminating'],
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'In', values: ['high'] },
            { scopeName: 'NotBestEffort', operator: 'Exists' },
          ],
        },
      },
    },
  },
  'v1/LimitRange': {
    full: {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { cpu: '100m' },
            default: { cpu: '1' },
            defaultRequest: { cpu: '500m' },
            maxLimitRequestRatio: { cpu: '10' },
          },
          { type: 'Pod', max: { memory: '1Gi' } },
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
        ],
      },
    },
  },
  'v1/PodTemplate': { full: { template: { metadata: { labels }, spec: { containers: [c] } } } },
  'v1/ReplicationController': {
    full: {
      spec: {
        replicas: 2,
        minReadySeconds: 1,
        selector: labels,
        template: { metadata: { labels }, spec: { containers: [c] } },
      },
    },
    selectorless: { spec: { template: { metadata: { labels }, spec: { containers: [c] } } } },
  },
};
