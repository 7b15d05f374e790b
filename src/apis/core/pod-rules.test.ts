import { expect, test } from 'vitest';
import type { Container, Pod, PodSpec } from './generated/v1.ts';
import { lines, pod, withContainer } from './pod.fixture.ts';
import { validatePodStatus } from './pod-status.ts';
import { validatePod } from './pod-validation.ts';

const nodeTerms = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]';
const podTerm = 'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
const onNodes = (matchFields: object[]): Partial<PodSpec> =>
  ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    },
  }) as Partial<PodSpec>;
const byPods = (term: object): Partial<PodSpec> => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', ...term }] } },
});
const labelSelector = { matchLabels: { a: 'b' } };

test.each<{ name: string; spec: Partial<PodSpec>; want: string[] }>([
  {
    name: 'fields of nodes that nobody can select',
    spec: onNodes([
      { key: 'spec.x', operator: 'Exists' },
      { key: 'metadata.name', operator: 'In', values: ['a', 'b'] },
    ]),
    want: [
      `${nodeTerms}.matchFields[0].operator: Invalid value: "Exists": not a valid selector operator`,
      `${nodeTerms}.matchFields[0].key: Invalid value: "spec.x": not a valid field selector key`,
      `${nodeTerms}.matchFields[1].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
    ],
  },
  {
    name: 'keys of labels without a selector',
    spec: byPods({ matchLabelKeys: ['a'] }),
    want: [`${podTerm}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
  },
  {
    name: 'a key that is to match and not to match, and is selected twice',
    spec: byPods({
      labelSelector: { ...labelSelector, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
      matchLabelKeys: ['a'],
      mismatchLabelKeys: ['a'],
    }),
    want: [
      `${podTerm}[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`,
      `${podTerm}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
  },
  {
    name: 'a spread by a key that the selector has',
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'Never', labelSelector, matchLabelKeys: ['a'] },
      ],
    },
    want: [
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
      'spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector',
    ],
  },
  {
    name: 'names of its own, without a server',
    spec: { dnsPolicy: 'None', dnsConfig: { searches: ['a_b.c.'] } },
    want: [
      'spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None',
    ],
  },
  {
    name: 'servers that are no addresses, options without names',
    spec: { dnsConfig: { nameservers: ['a', '1.1.1.1', '::1', '2.2.2.2'], options: [{}] } },
    want: [
      'spec.dnsConfig.nameservers: Invalid value: ["a","1.1.1.1","::1","2.2.2.2"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[0]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
  },
  {
    name: 'a node before its gates are open',
    spec: { nodeName: 'n', schedulingGates: [{ name: 'a' }, { name: 'a' }] },
    want: [
      'spec.schedulingGates[1]: Duplicate value: "a"',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
  },
  {
    name: 'claims for devices',
    spec: { resourceClaims: [{ name: 'a' }, { name: 'a', resourceClaimName: 'x', resourceClaimTemplateName: 'y' }] },
    want: [
      'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      'spec.resourceClaims[1].name: Duplicate value: "a"',
      'spec.resourceClaims[1]: Invalid value: {"Name":"a","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    ],
  },
  {
    name: 'users of its own on the network of the host, and a kernel setting of that network',
    spec: {
      hostUsers: false,
      hostNetwork: true,
      securityContext: {
        sysctls: [
          { name: 'net.a', value: '1' },
          { name: 'A', value: '1' },
        ],
      },
    },
    want: [
      `spec.securityContext.sysctls[0].name: Invalid value: "net.a": may not be specified when 'hostNetwork' is true`,
      'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
    ],
  },
  {
    name: 'profiles of no kind',
    spec: {
      securityContext: {
        seccompProfile: { type: 'Localhost' },
        appArmorProfile: { type: 'Odd' },
        fsGroupChangePolicy: 'Never',
      },
    },
    want: [
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      'spec.securityContext.appArmorProfile.type: Unsupported value: "Odd": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
    ],
  },
  {
    name: 'Windows without what Windows does not have',
    spec: {
      os: { name: 'windows' },
      hostPID: true,
      securityContext: { runAsUser: 1, windowsOptions: { runAsUserName: 'a\\b\\c' } },
    },
    want: [
      'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
      'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
    ],
  },
  {
    name: 'less than its containers ask for together',
    spec: {
      resources: { requests: { cpu: '1' } },
      containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '2' } } }],
    },
    want: [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
    ],
  },
  {
    name: 'a toleration of an unknown kind',
    spec: { tolerations: [{ key: 'a', operator: 'Like', effect: 'Odd' }] },
    want: [
      'spec.tolerations[0].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
      'spec.tolerations[0].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  },
  {
    name: 'an init container that is probed, another name on the network of the node',
    spec: {
      initContainers: [{ name: 'b', image: 'i', restartPolicy: 'Never', livenessProbe: { exec: { command: ['x'] } } }],
      hostnameOverride: 'A',
      hostNetwork: true,
    },
    want: [
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      expect.stringContaining('spec.hostnameOverride: Invalid value: "A": a lowercase RFC 1123 subdomain') as string,
    ],
  },
])('pod: $name -> refused', ({ spec, want }) => {
  expect(lines(validatePod(pod(spec)))).toEqual(want);
});

test.each<{ name: string; container: Partial<Container>; want: string[] }>([
  {
    name: 'a port of the host twice, of a name that is none',
    container: {
      ports: [
        { containerPort: 1, hostPort: 9, name: 'A--' },
        { containerPort: 2, hostPort: 9 },
      ],
    },
    want: [
      'ports[0].name: Invalid value: "A--": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'ports[0].name: Invalid value: "A--": must contain at least one letter (a-z)',
      'ports[0].name: Invalid value: "A--": must not contain consecutive hyphens',
      'ports[0].name: Invalid value: "A--": must not begin or end with a hyphen',
      'ports[1].hostPort: Duplicate value: "TCP//9"',
    ],
  },
  {
    name: 'devices by halves, more huge pages than whole ones',
    container: {
      resources: {
        requests: { 'a.b/c': '1', 'hugepages-2Mi': '3Mi' },
        limits: { 'a.b/c': '2', 'hugepages-2Mi': '3Mi' },
      },
    },
    want: [
      'resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'resources.requests: Invalid value: "1": must be equal to a.b/c limit of 2',
      'resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'resources: Forbidden: HugePages require cpu or memory',
    ],
  },
  {
    name: 'a request of what nobody has',
    container: { resources: { requests: { apples: '1' }, claims: [{ name: 'x' }] } },
    want: [
      'resources.requests[apples]: Invalid value: "apples": must be a standard resource type or fully qualified',
      'resources.requests[apples]: Invalid value: "apples": must be a standard resource for containers',
      'resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
  },
  {
    name: 'what is to be resized how',
    container: { resizePolicy: [{ resourceName: 'disk', restartPolicy: 'Maybe' }] },
    want: [
      'resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
      'resizePolicy: Unsupported value: "Maybe": supported values: "NotRequired", "RestartContainer"',
    ],
  },
  {
    name: 'a probe of a port without a name, a sleep beyond the grace',
    container: {
      readinessProbe: {
        httpGet: { port: '80', httpHeaders: [{ name: 'a b', value: '' }] },
        terminationGracePeriodSeconds: 5,
      },
      lifecycle: { preStop: { sleep: { seconds: 31 } } },
    },
    want: [
      'lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      'readinessProbe.httpGet.port: Invalid value: "80": must contain at least one letter (a-z)',
      expect.stringContaining(
        `readinessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header must consist`,
      ) as string,
      'readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes',
    ],
  },
  {
    name: 'variables of no object, and of a field that none shows',
    container: { envFrom: [{}], env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
    want: [
      'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      'envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
    ],
  },
  {
    name: 'an unmasked /proc with the users of the host',
    container: { securityContext: { procMount: 'Unmasked' }, restartPolicy: 'Always' },
    want: ['securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
  },
  {
    name: 'restart rules without a policy, and one that is none',
    container: {
      restartPolicyRules: [{ action: 'Stop', exitCodes: { operator: 'Is', values: [1] } }, { action: 'Restart' }],
    },
    want: [
      'restartPolicy: Required value: must specify restartPolicy when restart rules are used',
      'restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
      'restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
      'restartPolicyRules[1].exitCodes: Required value: must be specified',
    ],
  },
])('container: $name -> refused', ({ container, want }) => {
  expect(lines(validatePod(withContainer(container)))).toEqual(
    want.map((text) => (typeof text === 'string' ? `spec.containers[0].${text}` : text)),
  );
});

test('mounts and devices in the way of each other -> refused', () => {
  const volumes = [
    { name: 'd', persistentVolumeClaim: { claimName: 'c' } },
    { name: 'e', emptyDir: {} },
  ];
  const volumeMounts = [
    { name: 'd', mountPath: '/d', mountPropagation: 'Bidirectional', recursiveReadOnly: 'Enabled' },
    { name: 'e', mountPath: '/e', subPath: 'a', subPathExpr: 'b' },
  ];
  const volumeDevices = [
    { name: 'd', devicePath: '/d' },
    { name: 'e', devicePath: '/dev/../x' },
  ];
  const at = 'spec.containers[0]';
  expect(
    lines(validatePod(pod({ volumes, containers: [{ name: 'a', image: 'i', volumeMounts, volumeDevices }] }))),
  ).toEqual([
    `${at}.volumeMounts[0].name: Invalid value: "d": must not already exist in volumeDevices`,
    `${at}.volumeMounts[0].mountPath: Invalid value: "/d": must not already exist as a path in volumeDevices`,
    `${at}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    `${at}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
    `${at}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified`,
    `${at}.volumeMounts[1].name: Invalid value: "e": must not already exist in volumeDevices`,
    `${at}.volumeMounts[1].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`,
    `${at}.volumeDevices[0].name: Invalid value: "d": must not already exist in volumeMounts`,
    `${at}.volumeDevices[0].devicePath: Invalid value: "/d": must not already exist as a path in volumeMounts`,
    `${at}.volumeDevices[1].name: Invalid value: "e": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
    `${at}.volumeDevices[1].devicePath: Invalid value: "/dev/../x": can not contain backsteps ('..')`,
    `${at}.volumeDevices[1].name: Invalid value: "e": must not already exist in volumeMounts`,
  ]);
});

test('annotations that mean something to nodes -> refused where they are wrong', () => {
  const object = pod();
  object.metadata.annotations = {
    'kubernetes.io/config.mirror': '1',
    'controller.kubernetes.io/pod-deletion-cost': '01',
    'container.apparmor.security.beta.kubernetes.io/b': 'odd',
  };
  expect(lines(validatePod(object))).toEqual([
    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "1": must set spec.nodeName if mirror pod annotation is set',
    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "01": must be a 32bit integer',
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "b": container not found',
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "odd": invalid AppArmor profile name: "odd"',
  ]);
});

const ended = (exitCode: number) =>
  [{ name: 'a', state: { terminated: { exitCode } } }] as NonNullable<Pod['status']>['containerStatuses'];
const runs = [{ name: 'a', state: { running: {} } }] as NonNullable<Pod['status']>['containerStatuses'];
test.each<{ policy: string; old: NonNullable<Pod['status']>; now: NonNullable<Pod['status']>; want: string[] }>([
  { policy: 'Always', old: { containerStatuses: ended(0)! }, now: { containerStatuses: runs! }, want: [] },
  { policy: 'OnFailure', old: { containerStatuses: ended(1)! }, now: { containerStatuses: runs! }, want: [] },
  {
    policy: 'OnFailure',
    old: { containerStatuses: ended(0)! },
    now: { containerStatuses: runs! },
    want: ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
  },
  {
    policy: 'Always',
    old: { ephemeralContainerStatuses: ended(0)! },
    now: { ephemeralContainerStatuses: runs! },
    want: ['status.ephemeralContainerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
  },
  {
    policy: 'Never',
    old: {},
    now: { hostIP: '1.1.1.1', hostIPs: [{ ip: '1.1.1.2' }], podIPs: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] },
    want: [
      'status.podIPs: Invalid value: [{"IP":"1.1.1.1"},{"IP":"1.1.1.1"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "1.1.1.2": must be equal to `hostIP`',
    ],
  },
])('status of a pod that is restarted $policy: $now -> $want', ({ policy, old, now, want }) => {
  const before = { ...pod({ restartPolicy: policy }), status: old };
  expect(lines(validatePodStatus({ ...before, status: now }, before))).toEqual(want);
});
