// Which pod moves a volume's data? One that runs once, on the host's own programs, with the volume and the
// repository folder mounted, and nothing of the API.

import type { Draft, OwnerReference } from '../apimachinery/meta.ts';
import type { EnvVar, Pod } from '../apis/core/generated/v1.ts';
import { resticFolder } from './layout.ts';
import { downloadScript, type MoverEnvironment, uploadScript } from './restic-script.ts';

export interface MoverPodOptions {
  name: string;
  namespace: string;
  owner?: OwnerReference;
  labels: Record<string, string>;
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
  const password: EnvVar = {
    name: 'RESTIC_PASSWORD',
    valueFrom: { secretKeyRef: { name: options.password.secretName, key: options.password.key } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: options.name,
      namespace: options.namespace,
      labels: options.labels,
      ...(options.owner && { ownerReferences: [options.owner] }),
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: { runAsUser: 0 },
      containers: [
        {
          name: 'mover',
          image: 'amarre.io/host',
          command: ['/bin/sh', '-c', work.type === 'upload' ? uploadScript : downloadScript],
          env: [...Object.entries({ ...environment, ...task }).map(([name, value]) => ({ name, value })), password],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [
            { name: 'volume', mountPath: volume },
            { name: 'repository', mountPath: folder },
          ],
        },
      ],
      volumes: [
        { name: 'volume', persistentVolumeClaim: { claimName: options.claimName } },
        { name: 'repository', hostPath: { path: folder, type: 'DirectoryOrCreate' } },
      ],
    },
  };
}
