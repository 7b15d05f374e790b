import { expect, test } from 'vitest';
import { refusals } from '../testing.ts';

const container = { name: 'a', image: 'i' };

test.each<{ name: string; volume: object; want: string[] }>([
  {
    name: 'a host path upward -> refused',
    volume: { hostPath: { path: '/a/../b' } },
    want: [`.hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
  },
  {
    name: 'a host path of an unknown type -> refused',
    volume: { hostPath: { path: '/a', type: 'Pipe' } },
    want: [
      '.hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  },
  {
    name: 'a share without a server, at a relative path -> refused',
    volume: { nfs: { path: 'x' } },
    want: ['.nfs.server: Required value', '.nfs.path: Invalid value: "x": must be an absolute path'],
  },
  {
    name: 'a secret in bad files -> refused',
    volume: {
      secret: {
        secretName: 's',
        defaultMode: 512,
        items: [
          { key: '', path: '/a' },
          { key: 'k', path: '..a', mode: -1 },
        ],
      },
    },
    want: [
      '.secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      '.secret.items[0].key: Required value',
      '.secret.items[0].path: Invalid value: "/a": must be a relative path',
      `.secret.items[1].path: Invalid value: "..a": must not start with '..'`,
      '.secret.items[1].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  },
  {
    name: 'a config map upward -> refused',
    volume: { configMap: { name: 'c', items: [{ key: 'k', path: 'a/../b' }] } },
    want: [`.configMap.items[0].path: Invalid value: "a/../b": must not contain '..'`],
  },
  {
    name: 'a file of nothing -> refused',
    volume: { downwardAPI: { items: [{ path: 'p' }] } },
    want: ['.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required'],
  },
  {
    name: 'two projections in one, a token for a moment -> refused',
    volume: {
      projected: {
        sources: [
          { secret: { name: 's' }, configMap: { name: 'c' } },
          { serviceAccountToken: { path: 't', expirationSeconds: 60 } },
        ],
      },
    },
    want: [
      '.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source',
      '.projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      '.projected.sources[1].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  },
  {
    name: 'less than nothing -> refused',
    volume: { emptyDir: { sizeLimit: '-1Gi' } },
    want: ['.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity'],
  },
  {
    name: 'a driver without a name -> refused',
    volume: { csi: { driver: '', nodePublishSecretRef: {} } },
    want: ['.csi.driver: Required value', '.csi.nodePublishSecretRef.name: Required value'],
  },
  {
    name: 'no claim to make -> refused',
    volume: { ephemeral: {} },
    want: ['.ephemeral.volumeClaimTemplate: Required value'],
  },
  {
    name: 'a claim to make without a size -> refused',
    volume: { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
    want: ['.ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value'],
  },
])('volume: $name', ({ volume, want }) => {
  const spec = { containers: [container], volumes: [{ name: 'v', ...volume }] };
  expect(refusals('Pod', { spec })).toEqual(
    want.map((text) => (typeof text === 'string' ? `spec.volumes[0]${text}` : text)),
  );
});

test.each<{ name: string; given: object; want: string[] }>([
  {
    name: 'bad variables -> refused',
    given: {
      env: [
        { name: 'a=b' },
        { name: 'a', valueFrom: {} },
        { name: 'b', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'c', valueFrom: { secretKeyRef: { name: '', key: '' } } },
      ],
    },
    want: [
      '.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      '.env[1].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      '.env[2].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      expect.stringContaining('.env[3].valueFrom.secretKeyRef.name: Invalid value: "": a lowercase RFC 1123') as string,
      '.env[3].valueFrom.secretKeyRef.key: Required value',
    ],
  },
  {
    name: 'a hook that does nothing -> refused',
    given: { lifecycle: { preStop: {}, postStart: { exec: {}, sleep: { seconds: 1 } } } },
    want: [
      '.lifecycle.postStart.exec.command: Required value',
      '.lifecycle.postStart.sleep: Forbidden: may not specify more than 1 handler type',
      '.lifecycle.preStop: Required value: must specify a handler type',
    ],
  },
  {
    name: 'privileged but not to be raised, of no user -> refused',
    given: { securityContext: { privileged: true, allowPrivilegeEscalation: false, runAsUser: -1 } },
    want: [
      '.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      '.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":-1,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  },
  {
    name: 'last words of an unknown policy -> refused',
    given: { terminationMessagePolicy: 'Never' },
    want: ['.terminationMessagePolicy: Unsupported value: "Never": supported values: "File", "FallbackToLogsOnError"'],
  },
])('container: $name', ({ given, want }) => {
  expect(refusals('Pod', { spec: { containers: [{ ...container, ...given }] } })).toEqual(
    want.map((text) => (typeof text === 'string' ? `spec.containers[0]${text}` : text)),
  );
});

test('names of other objects -> each by its rule', () => {
  const spec = { containers: [container], serviceAccountName: 'A', hostname: 'a.b', securityContext: { fsGroup: -1 } };
  expect(refusals('Pod', { spec }).map((text) => text.slice(0, text.indexOf(':')))).toEqual([
    'spec.securityContext.fsGroup',
    'spec.serviceAccountName',
    'spec.hostname',
  ]);
});
