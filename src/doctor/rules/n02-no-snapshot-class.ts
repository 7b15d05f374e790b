// N02: snapshots of a driver can't be made, because no snapshot class of it is found.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot } from '../../apis/snapshot/types.ts';
import type { Schedule } from '../../apis/velero/types.ts';
import { type Action, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { create, kubectl } from '../safety/commands.ts';
import { claimOfVolume, podsOfClaim } from '../snapshot/joins.ts';
import { isActive, isCopiedByFiles, isLeftOut, schedulesOfClaim } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type ClassProblem, classesOfDriver, classProblem, driverOfSnapshot } from '../snapshot/snapshot-class.ts';
import { policyAction } from '../snapshot/volume-policies.ts';

const veleroLabel = 'velero.io/csi-volumesnapshot-class';

export const n02NoSnapshotClass = defineRule({
  id: 'N02',
  title: 'No snapshot class for the driver',
  severity: 'High',
  needs: ['snapshotClasses', 'claims', 'volumes'],
  reads: ['snapshots', 'schedules', 'pods', 'namespaces', 'policyMaps'],
  page: {
    symptom:
      '"failed to get volumesnapshotclass for storageclass …", "cannot find default snapshot class"; backups end PartiallyFailed.',
    cause:
      "No VolumeSnapshotClass names the driver, the one that is named does not exist, or there are several and none is marked (Velero's label, or the default annotation).",
    consequence: 'No snapshot of any volume of this driver is made.',
    remedy: 'Make a class for the driver, mark it as the default, and label it for Velero.',
    wrongMoves: 'Naming the class of another driver.',
    sources: ['https://github.com/velero-io/velero/issues/5044'],
  },
  examine: (snapshot) => [
    ...snapshot.all('snapshots').flatMap((each) => {
      if (each.status?.readyToUse === true || each.metadata.deletionTimestamp) return [];
      const problem = classProblem(snapshot, each);
      return problem ? [snapshotFinding(snapshot, each, problem)] : [];
    }),
    ...unlabelledDrivers(snapshot),
  ],
});

const problems: Record<ClassProblem, string> = {
  missing: 'names a class that does not exist',
  'no-default': 'names no class, and the driver has no default one',
  'several-defaults': 'names no class, and the driver has several default ones',
};

function snapshotFinding(snapshot: Snapshot, volumeSnapshot: VolumeSnapshot, problem: ClassProblem): FindingDraft {
  const driver = driverOfSnapshot(snapshot, volumeSnapshot);
  const classes = driver === undefined ? [] : classesOfDriver(snapshot, driver);
  const { volumeSnapshotClassName, source } = volumeSnapshot.spec;
  return {
    subject: refTo(volumeSnapshot),
    related: classes.map(refTo),
    sentence: `Snapshot ${volumeSnapshot.metadata.name} ${problems[problem]}.`,
    evidence: [
      evidence(volumeSnapshot, 'spec.volumeSnapshotClassName', volumeSnapshotClassName),
      evidence(volumeSnapshot, 'status.error.message', volumeSnapshot.status?.error?.message),
      ...classes.map((each) => evidence(each, 'metadata.annotations', each.metadata.annotations)),
    ],
    actions: [
      driver === undefined
        ? findDriver(volumeSnapshot.metadata.namespace, source.persistentVolumeClaimName)
        : makeClass(driver, volumeSnapshotClassName),
      otherDriver,
    ],
  };
}

/** Its claim is not bound, or not known: the class has to be of the driver that its volume will have. */
function findDriver(namespace: string | undefined, claimName = ''): Action {
  return harmless({
    title: 'See of which driver the volume of the claim is',
    why: 'The class has to name that driver.',
    commands: [
      kubectl(['get', 'persistentvolumeclaim', claimName], namespace),
      kubectl(['get', 'volumesnapshotclasses,storageclasses']),
    ],
  });
}

/** Drivers of claims that a schedule wants snapshots of, and for which Velero finds no class. */
function unlabelledDrivers(snapshot: Snapshot): FindingDraft[] {
  if (!snapshot.all('schedules').some(isActive)) return [];
  const byDriver = new Map<string, { claims: PersistentVolumeClaim[]; schedule: Schedule }>();
  const found = new Map<string, boolean>();
  for (const volume of snapshot.all('volumes')) {
    const driver = volume.spec?.csi?.driver;
    if (!driver) continue;
    if (!found.has(driver)) found.set(driver, veleroFinds(snapshot, driver));
    const claim = found.get(driver) ? undefined : claimOfVolume(snapshot, volume);
    if (!claim || claim.spec?.volumeName !== volume.metadata.name) continue;
    const schedule = schedulesOfClaim(snapshot, claim).find((each) => wantsSnapshot(snapshot, each, claim));
    if (!schedule) continue;
    const entry = byDriver.get(driver) ?? { claims: [], schedule };
    entry.claims.push(claim);
    byDriver.set(driver, entry);
  }
  return [...byDriver].map(([driver, entry]) => driverFinding(snapshot, driver, entry));
}

/** Source: velero pkg/util/csi, GetVolumeSnapshotClassForStorageClass: the labelled one, else the only one. */
function veleroFinds(snapshot: Snapshot, driver: string): boolean {
  const classes = classesOfDriver(snapshot, driver);
  return classes.length === 1 || classes.some(({ metadata }) => metadata.labels?.[veleroLabel] !== undefined);
}

function wantsSnapshot(snapshot: Snapshot, schedule: Schedule, claim: PersistentVolumeClaim): boolean {
  if (isLeftOut(snapshot, claim)) return false;
  const action = policyAction(snapshot, schedule, claim);
  if (action !== 'none') return action === 'snapshot';
  const template = schedule.spec?.template ?? {};
  if (template.snapshotVolumes === false) return false;
  const pods = podsOfClaim(snapshot, claim);
  const isByFiles = pods.some((pod) =>
    pod.spec?.volumes?.some(
      ({ name, persistentVolumeClaim: source }) =>
        source?.claimName === claim.metadata.name && isCopiedByFiles(template, pod, name),
    ),
  );
  return !isByFiles && !(template.defaultVolumesToFsBackup && pods.length === 0);
}

function driverFinding(
  snapshot: Snapshot,
  driver: string,
  { claims, schedule }: { claims: readonly PersistentVolumeClaim[]; schedule: Schedule },
): FindingDraft {
  const classes = classesOfDriver(snapshot, driver);
  const subject: ObjectRef = { kind: 'CSIDriver', name: driver };
  return {
    subject,
    related: [...claims, schedule, ...classes].map(refTo),
    sentence:
      classes.length === 0
        ? `Schedule ${schedule.metadata.name} wants snapshots of ${claims.length} volumes of ${driver}, and there is no snapshot class for it.`
        : `Schedule ${schedule.metadata.name} wants snapshots of ${claims.length} volumes of ${driver}, and none of its ${classes.length} snapshot classes has Velero's label.`,
    evidence: [
      evidence(
        subject,
        'VolumeSnapshotClass.driver',
        classes.map(({ metadata }) => metadata.name),
      ),
      evidence(schedule, 'spec.template.includedNamespaces', schedule.spec?.template.includedNamespaces),
      ...classes.map((each) => evidence(each, `metadata.labels[${veleroLabel}]`, each.metadata.labels?.[veleroLabel])),
    ],
    actions: [
      ...(classes.length === 0
        ? [makeClass(driver, undefined)]
        : [
            harmless({
              title: 'Label the class that Velero is to take',
              why: 'The label is read by Velero alone.',
              commands: classes
                .slice(0, 1)
                .map(({ metadata }) => kubectl(['label', 'volumesnapshotclass', metadata.name, `${veleroLabel}=true`])),
            }),
          ]),
      otherDriver,
    ],
  };
}

function makeClass(driver: string, name: string | undefined): Action {
  return harmless({
    title: `Make a snapshot class for ${driver}`,
    why: 'It adds a class, if the driver can make snapshots at all. Retain keeps the snapshot when its object goes.',
    commands: [
      create({
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshotClass',
        metadata: {
          name: name ?? 'snapshots',
          labels: { [veleroLabel]: 'true' },
          annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
        },
        driver,
        deletionPolicy: 'Retain',
      }),
    ],
  });
}

const otherDriver = wrongMove({
  title: 'Name the class of another driver',
  why: 'The snapshot is then asked of a storage that does not have the volume.',
});
