// P04: claims wait for a provisioner that is not there.

import type { Lease } from '../../apis/coordination/generated/v1.ts';
import { isPodReady } from '../../apis/core/conditions.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import { grouped } from '../../base/grouped.ts';
import { eventTexts } from '../event-texts.ts';
import { absence, type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import type { Settings } from '../settings.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, newestEvent, waitingClaims } from '../snapshot/joins.ts';
import { isLeaseStale, leaseOf, sidecarPods } from '../snapshot/sidecars.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p04ProvisionerSilent = defineRule({
  id: 'P04',
  title: 'Provisioner that does not answer',
  severity: 'High',
  needs: ['claims', 'classes', 'drivers', 'leases', 'pods'],
  reads: ['events'],
  page: {
    symptom:
      'Claims stay Pending with "Waiting for a volume to be created either by the external provisioner …" (an event of type Normal).',
    cause: 'The controller of the CSI driver is not installed, does not run, or has lost its lease.',
    consequence: 'No claim of this driver gets a volume, and no pod that needs one starts.',
    remedy: 'Bring the controller of the driver back. Claims that wait are served by themselves.',
    wrongMoves:
      'Editing the provisioner annotations of the claim: another driver may then answer too, and make a second disk that no object names.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go',
    ],
  },
  examine: (snapshot, settings) => {
    const byDriver = grouped(
      waitingClaims(snapshot).filter((claim) => waitsForProvisioner(snapshot, claim, settings)),
      (claim) => csiDriverName(classOfClaim(snapshot, claim)?.provisioner ?? ''),
    );
    return [...byDriver].flatMap(([driver, claims]) => {
      const silence = silenceOf(snapshot, { driver, claims, settings });
      return silence ? [findingOf({ driver, claims }, silence)] : [];
    });
  },
});

/** Was the provisioner asked, and has it had time to answer? */
function waitsForProvisioner(snapshot: Snapshot, claim: PersistentVolumeClaim, { graceMs }: Settings): boolean {
  const marks = claim.metadata.annotations ?? {};
  if (!marks[annotations.storageProvisioner] && !marks[annotations.storageProvisionerBeta]) return false;
  const storageClass = classOfClaim(snapshot, claim);
  if (!storageClass || claim.spec?.volumeName) return false;
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !marks[annotations.selectedNode]) return false;
  return (snapshot.ageMs(claim.metadata.creationTimestamp) ?? 0) > graceMs;
}

interface Silence {
  why: string;
  facts: Evidence[];
  /** Pods of the controller, if any are known. */
  pods: Pod[];
}

/** Why the provisioner does not answer; undefined as long as it may. */
function silenceOf(
  snapshot: Snapshot,
  { driver, claims, settings }: { driver: string; claims: PersistentVolumeClaim[]; settings: Settings },
): Silence | undefined {
  if (claims.some((claim) => newestEvent(snapshot.eventsOf(claim), eventTexts.provisionerSpoke))) return undefined;
  const pods = sidecarPods(snapshot, driver, 'csi-provisioner');
  if (!snapshot.find('drivers', { name: driver })) {
    if (!snapshot.covers('drivers')) return undefined;
    return { why: 'no such driver is installed', facts: [absence('CSIDriver', 'metadata.name', driver)], pods };
  }
  const lease = leaseOf(snapshot, driver, 'csi-provisioner');
  if (lease && isLeaseStale(snapshot, lease, settings)) {
    return { why: 'its controller no longer renews its lease', facts: [leaseFact(lease)], pods };
  }
  if (pods.length > 0 && !pods.some(isPodReady)) {
    const facts = pods.slice(0, 3).map((pod) => evidence(pod, 'status.phase', pod.status?.phase));
    return { why: 'no pod of its controller is ready', facts, pods };
  }
  return undefined;
}

function leaseFact(lease: Lease): Evidence {
  return evidence(lease, 'spec.renewTime', lease.spec?.renewTime);
}

function findingOf(
  { driver, claims }: { driver: string; claims: readonly PersistentVolumeClaim[] },
  { why, facts, pods }: Silence,
): FindingDraft {
  const waiting = claims.length === 1 ? `claim ${claims[0]?.metadata.name} waits` : `${claims.length} claims wait`;
  const [pod] = pods;
  return {
    subject: { kind: 'CSIDriver', name: driver },
    related: [...claims, ...pods].map(refTo),
    sentence: `The CSI driver ${driver} makes no volumes: ${waiting} for it, and ${why}.`,
    evidence: [...facts, ...claims.slice(0, 5).map((claim) => evidence(claim, 'status.phase', claim.status?.phase))],
    actions: [
      harmless({
        title: 'Find the controller of the driver, and why it does not run',
        why: 'Claims that wait are served by themselves as soon as it runs.',
        commands: [
          kubectl(['get', 'csidrivers', driver]),
          ...(pod
            ? [
                kubectl(['describe', 'pod', pod.metadata.name], pod.metadata.namespace),
                kubectl(['logs', pod.metadata.name, '-c', 'csi-provisioner', '--tail=50'], pod.metadata.namespace),
              ]
            : [kubectl(['get', 'deployments,statefulsets', '--all-namespaces'])]),
        ],
      }),
      wrongMove({
        title: 'Edit the provisioner annotations of the claims',
        why: 'Another driver may answer as well, and the disk that one of the two makes belongs to no object.',
      }),
    ],
  };
}
