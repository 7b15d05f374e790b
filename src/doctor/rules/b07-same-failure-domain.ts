// B07: the copies lie where the originals do, so what takes the one takes the other.

import type { BackupStorageLocation, Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { backUpNow } from '../safety/backup-commands.ts';
import { blank, create, kubectl } from '../safety/commands.ts';
import { isActive } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const b07SameFailureDomain = defineRule({
  id: 'B07',
  title: 'Copies share the fate of the originals',
  severity: 'Critical',
  needs: ['schedules', 'backupLocations', 'snapshotContents'],
  page: {
    symptom:
      'Nothing, until the storage or the cluster fails: a schedule makes only snapshots, or its store runs in the same cluster.',
    cause:
      'A snapshot lies on the storage of its volume. A store that is a service of the cluster keeps its own data on the cluster.',
    consequence: 'The loss of the storage, or of the cluster, takes originals and copies at once.',
    remedy: 'Move the data of the snapshots to a store elsewhere (snapshotMoveData), best an immutable one.',
    wrongMoves: 'Calling a snapshot a backup.',
    sources: ['https://velero.io/docs/main/csi/'],
  },
  examine: (snapshot) => [
    ...snapshot.all('schedules').flatMap((schedule) => snapshotOnly(snapshot, schedule)),
    ...snapshot.all('backupLocations').flatMap((location) => inCluster(snapshot, location)),
  ],
});

// Their snapshots are kept apart from the disks, in the object store of the region.
const keptElsewhere = new Set(['ebs.csi.aws.com', 'pd.csi.storage.gke.io', 'disk.csi.azure.com']);

/** Drivers of the snapshots that exist and that keep them beside their volumes. */
function driversBeside(snapshot: Snapshot): string[] {
  return snapshot.remember('driversBeside', () => {
    const all = new Set(snapshot.all('snapshotContents').map(({ spec }) => spec.driver));
    return [...all].filter((driver) => !keptElsewhere.has(driver));
  });
}

function snapshotOnly(snapshot: Snapshot, schedule: Schedule): FindingDraft[] {
  const { snapshotMoveData, defaultVolumesToFsBackup, snapshotVolumes } = schedule.spec?.template ?? {};
  if (!isActive(schedule) || snapshotMoveData || defaultVolumesToFsBackup || snapshotVolumes === false) return [];
  const drivers = driversBeside(snapshot);
  const content = snapshot.all('snapshotContents').find(({ spec }) => spec.driver === drivers[0]);
  if (!content) return [];
  const { namespace = '', name } = schedule.metadata;
  return [
    {
      subject: refTo(schedule),
      related: [refTo(content)],
      sentence: `Schedule ${name} makes only snapshots, and those of ${drivers.join(', ')} lie on the same storage as the volumes.`,
      evidence: [
        evidence(schedule, 'spec.template.snapshotMoveData', snapshotMoveData),
        evidence(schedule, 'spec.template.defaultVolumesToFsBackup', defaultVolumesToFsBackup),
        evidence(content, 'spec.driver', content.spec.driver),
      ],
      actions: [
        harmless({
          title: 'Make one backup that moves the data',
          why: 'It reads the snapshots and writes to the store. See how long it takes, and how much space it needs.',
          commands: [backUpNow(schedule, { snapshotMoveData: true })],
        }),
        forExpert({
          title: 'Let the schedule move the data each time',
          why: 'It needs the node agent, time and bandwidth in each run.',
          commands: [
            kubectl(
              [
                'patch',
                'schedule.velero.io',
                name,
                '--type=merge',
                '-p',
                '{"spec":{"template":{"snapshotMoveData":true}}}',
              ],
              namespace,
            ),
          ],
        }),
        notABackup,
      ],
    },
  ];
}

/** Its address is a service, or an address that only this cluster or this machine has. */
function isOfCluster(url: string): boolean {
  const host = /^\w+:\/\/(\[[^\]]+\]|[^/:]+)/.exec(url)?.[1] ?? '';
  return (
    /\.svc$|\.svc\./.test(host) ||
    host === 'localhost' ||
    host.startsWith('127.') ||
    (host !== '' && !/[.:]/.test(host))
  );
}

function inCluster(snapshot: Snapshot, location: BackupStorageLocation): FindingDraft[] {
  const url = location.spec?.config?.['s3Url'] ?? location.spec?.config?.['publicUrl'] ?? '';
  if (!isOfCluster(url)) return [];
  const { namespace = '', name } = location.metadata;
  // A second store elsewhere has copies too, if something is written there; that a schedule says.
  const others = snapshot
    .all('backupLocations')
    .filter((each) => each !== location && !isOfCluster(each.spec?.config?.['s3Url'] ?? ''))
    .map(({ metadata }) => metadata.name);
  const isCopied = snapshot
    .all('schedules')
    .some((schedule) => isActive(schedule) && others.includes(schedule.spec?.template.storageLocation ?? ''));
  if (isCopied) return [];
  return [
    {
      subject: refTo(location),
      sentence: `Backup store ${name} runs in the cluster that it is to protect.`,
      evidence: [
        evidence(location, 'spec.config.s3Url', url),
        evidence(location, 'spec.objectStorage.bucket', location.spec?.objectStorage.bucket),
      ],
      actions: [
        harmless({
          title: 'Add a store elsewhere, best with object lock',
          why: 'Another site, another account. The present store stays as it is.',
          commands: [
            create({
              apiVersion: 'velero.io/v1',
              kind: 'BackupStorageLocation',
              metadata: { name: 'offsite', namespace },
              spec: {
                provider: location.spec?.provider,
                objectStorage: { bucket: blank('BUCKET', 'the name of the bucket') },
                config: {
                  region: blank('REGION', 'the region of the store'),
                  s3Url: blank('URL', 'the address of the store, elsewhere'),
                },
              },
            }),
          ],
        }),
        notABackup,
      ],
    },
  ];
}

const notABackup = wrongMove({
  title: 'Count on a snapshot, or on a store in the cluster, as a backup',
  why: 'It helps against a slip of the hand, and against nothing that takes the storage or the cluster.',
});
