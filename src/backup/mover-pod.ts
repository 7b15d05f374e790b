// Which pods move a volume's data, or forget it? Ones that run once, on the host's own programs, with the volume and
// the repository folder mounted, and nothing of the API.

import type { Draft, OwnerReference } from '../apimachinery/meta.ts';
import type { Container, EnvVar, Pod, Volume } from '../apis/core/generated/v1.ts';
import { resticFolder } from './layout.ts';
import { downloadScript, forgetScript, type MoverEnvironment, uploadScript } from './restic-script.ts';

export interface PodIdentity {
  name: string;
  namespace: string;
  owner?: OwnerReference;
  labels: Record<string, string>;
}

export interface MoverPodOptions extends PodIdentity {
  claimName: string;
  /** What the stored data belongs to: repository and parent snapshot follow from it. */
  source: { namespace: string; claimName: string };
  /** The location's folder on the host. */
  locationPath: string;
  /** Secret in the pod's namespace, and the key of the repository's password in it. */
  password: { secretName: string; key: string };
  work: { type: 'upload'; tag: string } | { type: 'download'; snapshotId: string; root: string };
}

/** Key of the file in which a mover leaves its result. */
export function resultKey(podName: string): string {
  return `restic/.results/${podName}`;
}

/** The pod to create. Its container is named `mover`; its result is in the termination message. */
export function moverPod(options: MoverPodOptions): Draft<Pod> {
  const { source, locationPath, work } = options;
  const folder = `${locationPath}/restic`;
  // The path is part of how restic finds the snapshot to compare with: the same for every backup of the claim.
  const volume = `/mnt/${source.namespace}.${source.claimName}`;
  const environment: MoverEnvironment = {
    VOLUME: volume,
    FOLDER: folder,
    RESTIC_REPOSITORY: `${locationPath}/${resticFolder(source.namespace)}`,
    RESULT: `${locationPath}/${resultKey(options.name)}`,
  };
  const task = work.type === 'upload' ? { TAG: work.tag } : { SNAPSHOT: work.snapshotId, ROOT: work.root };
  const container: Container = {
    ...moverContainer('mover', work.type === 'upload' ? uploadScript : downloadScript),
    env: [...variables({ ...environment, ...task }), passwordVariable(options.password)],
    volumeMounts: [
      { name: 'volume', mountPath: volume },
      { name: 'repository', mountPath: folder },
    ],
  };
  const claim: Volume = { name: 'volume', persistentVolumeClaim: { claimName: options.claimName } };
  return podOf(options, { containers: [container], volumes: [claim, repositoryVolume(folder)] });
}

export interface ForgetPodOptions extends PodIdentity {
  locationPath: string;
  /** Secret in the pod's namespace that holds the repositories' passwords. */
  secretName: string;
  repositories: { namespace: string; passwordKey: string; snapshotIds: string[] }[];
}

/** The pod that forgets snapshots: one container for each repository. */
export function forgetPod(options: ForgetPodOptions): Draft<Pod> {
  const folder = `${options.locationPath}/restic`;
  const containers = options.repositories.map(({ namespace, passwordKey, snapshotIds }, index): Container => {
    const name = `forget-${index}`;
    const environment = {
      FOLDER: folder,
      RESTIC_REPOSITORY: `${options.locationPath}/${resticFolder(namespace)}`,
      RESULT: `${options.locationPath}/${resultKey(`${options.name}.${name}`)}`,
      SNAPSHOTS: snapshotIds.filter((id) => /^[0-9a-f]+$/.test(id)).join(' '),
    };
    return {
      ...moverContainer(name, forgetScript),
      env: [...variables(environment), passwordVariable({ secretName: options.secretName, key: passwordKey })],
      volumeMounts: [{ name: 'repository', mountPath: folder }],
    };
  });
  return podOf(options, { containers, volumes: [repositoryVolume(folder)] });
}

function moverContainer(name: string, script: string): Container {
  return {
    name,
    image: 'amarre.io/host',
    command: ['/bin/sh', '-c', script],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

function variables(environment: object): EnvVar[] {
  return Object.entries(environment as Record<string, string>).map(([name, value]) => ({ name, value }));
}

function passwordVariable({ secretName, key }: { secretName: string; key: string }): EnvVar {
  return { name: 'RESTIC_PASSWORD', valueFrom: { secretKeyRef: { name: secretName, key } } };
}

function repositoryVolume(folder: string): Volume {
  return { name: 'repository', hostPath: { path: folder, type: 'DirectoryOrCreate' } };
}

function podOf(
  { name, namespace, owner, labels }: PodIdentity,
  { containers, volumes }: { containers: Container[]; volumes: Volume[] },
): Draft<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ...(owner && { ownerReferences: [owner] }) },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: { runAsUser: 0 },
      containers,
      volumes,
    },
  };
}
