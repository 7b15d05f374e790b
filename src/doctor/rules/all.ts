// Which rules are there? One file each; their order is the catalogue's.

import type { Rule } from '../rule.ts';
import { a01HeldByDeadNode } from './a01-held-by-dead-node.ts';
import { a02RolloutOnOneDisk } from './a02-rollout-on-one-disk.ts';
import { a03NotAttached } from './a03-not-attached.ts';
import { a04NodeGone } from './a04-node-gone.ts';
import { a05NotDetached } from './a05-not-detached.ts';
import { a06StuckOnDeadNode } from './a06-stuck-on-dead-node.ts';
import { a07ForceDetach } from './a07-force-detach.ts';
import { a08VolumeUnhealthy } from './a08-volume-unhealthy.ts';
import { b01NoBackup } from './b01-no-backup.ts';
import { b02BackupFailed } from './b02-backup-failed.ts';
import { b03CopyTooOld } from './b03-copy-too-old.ts';
import { b04LocationUnavailable } from './b04-location-unavailable.ts';
import { b05BackupStuck } from './b05-backup-stuck.ts';
import { b06NeverRestored } from './b06-never-restored.ts';
import { b07SameFailureDomain } from './b07-same-failure-domain.ts';
import { b08LastCopyExpires } from './b08-last-copy-expires.ts';
import { c01Filling } from './c01-filling.ts';
import { c02Inodes } from './c02-inodes.ts';
import { c03PoolFull } from './c03-pool-full.ts';
import { c04MoreThanData } from './c04-more-than-data.ts';
import { e01NotExpanding } from './e01-not-expanding.ts';
import { e02ResizeInfeasible } from './e02-resize-infeasible.ts';
import { e03OfflineResize } from './e03-offline-resize.ts';
import { e04ResizeRate } from './e04-resize-rate.ts';
import { e05ShrinkRefused } from './e05-shrink-refused.ts';
import { e06TemplateDiffers } from './e06-template-differs.ts';
import { l01ClaimTerminating } from './l01-claim-terminating.ts';
import { l02VolumeNotGoing } from './l02-volume-not-going.ts';
import { l03Released } from './l03-released.ts';
import { l04ProductionDelete } from './l04-production-delete.ts';
import { l05SetDeletesClaims } from './l05-set-deletes-claims.ts';
import { l06Unused } from './l06-unused.ts';
import { l07WithoutPartner } from './l07-without-partner.ts';
import { m01MountTimedOut } from './m01-mount-timed-out.ts';
import { m02DriverNotRegistered } from './m02-driver-not-registered.ts';
import { m03FileSystemDamaged } from './m03-file-system-damaged.ts';
import { m04WrongFileSystem } from './m04-wrong-file-system.ts';
import { m05DuplicateUuid } from './m05-duplicate-uuid.ts';
import { m06SecretMissing } from './m06-secret-missing.ts';
import { m07OperationPending } from './m07-operation-pending.ts';
import { m08SubPath } from './m08-sub-path.ts';
import { m09PermissionDenied } from './m09-permission-denied.ts';
import { m10OwnershipWalk } from './m10-ownership-walk.ts';
import { m11SelinuxConflict } from './m11-selinux-conflict.ts';
import { m12ReadOnly } from './m12-read-only.ts';
import { m13StaleNfs } from './m13-stale-nfs.ts';
import { m14OrphanedPod } from './m14-orphaned-pod.ts';
import { n01SnapshotNotReady } from './n01-snapshot-not-ready.ts';
import { n02NoSnapshotClass } from './n02-no-snapshot-class.ts';
import { n03CrashConsistent } from './n03-crash-consistent.ts';
import { n04SplitSnapshots } from './n04-split-snapshots.ts';
import { p01NoClass } from './p01-no-class.ts';
import { p02PodNotScheduled } from './p02-pod-not-scheduled.ts';
import { p03NodeNameSet } from './p03-node-name-set.ts';
import { p04ProvisionerSilent } from './p04-provisioner-silent.ts';
import { p05ProvisioningFailed } from './p05-provisioning-failed.ts';
import { p06QuotaUsedUp } from './p06-quota-used-up.ts';
import { p07SharedOnBlock } from './p07-shared-on-block.ts';
import { p08SelectorOnDynamic } from './p08-selector-on-dynamic.ts';
import { p09BoundToAnother } from './p09-bound-to-another.ts';
import { p10VolumeDoesNotFit } from './p10-volume-does-not-fit.ts';
import { p11NoTopology } from './p11-no-topology.ts';
import { p12BadSource } from './p12-bad-source.ts';
import { p13Lost } from './p13-lost.ts';
import { p14TwoDefaults } from './p14-two-defaults.ts';
import { s01OutOfReach } from './s01-out-of-reach.ts';
import { s02NoCapacity } from './s02-no-capacity.ts';
import { s03WrongReport } from './s03-wrong-report.ts';
import { s04NoSlots } from './s04-no-slots.ts';
import { s05SinglePodClaim } from './s05-single-pod-claim.ts';
import { s06ClaimMissing } from './s06-claim-missing.ts';
import { s07HostGone } from './s07-host-gone.ts';
import { w01SeveralWriters } from './w01-several-writers.ts';
import { w02OneZone } from './w02-one-zone.ts';
import { w03EvictionBlocked } from './w03-eviction-blocked.ts';
import { w04OrderedTrap } from './w04-ordered-trap.ts';
import { w05DatabaseWithoutDisk } from './w05-database-without-disk.ts';
import { x01RemovedPlugin } from './x01-removed-plugin.ts';
import { x02OldSnapshotApi } from './x02-old-snapshot-api.ts';
import { x03EtcdAtRisk } from './x03-etcd-at-risk.ts';

export const allRules: readonly Rule[] = [
  p01NoClass,
  p02PodNotScheduled,
  p03NodeNameSet,
  p04ProvisionerSilent,
  p05ProvisioningFailed,
  p06QuotaUsedUp,
  p07SharedOnBlock,
  p08SelectorOnDynamic,
  p09BoundToAnother,
  p10VolumeDoesNotFit,
  p11NoTopology,
  p12BadSource,
  p13Lost,
  p14TwoDefaults,
  s01OutOfReach,
  s02NoCapacity,
  s03WrongReport,
  s04NoSlots,
  s05SinglePodClaim,
  s06ClaimMissing,
  s07HostGone,
  a01HeldByDeadNode,
  a02RolloutOnOneDisk,
  a03NotAttached,
  a04NodeGone,
  a05NotDetached,
  a06StuckOnDeadNode,
  a07ForceDetach,
  a08VolumeUnhealthy,
  m01MountTimedOut,
  m02DriverNotRegistered,
  m03FileSystemDamaged,
  m04WrongFileSystem,
  m05DuplicateUuid,
  m06SecretMissing,
  m07OperationPending,
  m08SubPath,
  m09PermissionDenied,
  m10OwnershipWalk,
  m11SelinuxConflict,
  m12ReadOnly,
  m13StaleNfs,
  m14OrphanedPod,
  l01ClaimTerminating,
  l02VolumeNotGoing,
  l03Released,
  l04ProductionDelete,
  l05SetDeletesClaims,
  l06Unused,
  l07WithoutPartner,
  e01NotExpanding,
  e02ResizeInfeasible,
  e03OfflineResize,
  e04ResizeRate,
  e05ShrinkRefused,
  e06TemplateDiffers,
  c01Filling,
  c02Inodes,
  c03PoolFull,
  c04MoreThanData,
  w01SeveralWriters,
  w02OneZone,
  w03EvictionBlocked,
  w04OrderedTrap,
  w05DatabaseWithoutDisk,
  n01SnapshotNotReady,
  n02NoSnapshotClass,
  n03CrashConsistent,
  n04SplitSnapshots,
  b01NoBackup,
  b02BackupFailed,
  b03CopyTooOld,
  b04LocationUnavailable,
  b05BackupStuck,
  b06NeverRestored,
  b07SameFailureDomain,
  b08LastCopyExpires,
  x01RemovedPlugin,
  x02OldSnapshotApi,
  x03EtcdAtRisk,
];
