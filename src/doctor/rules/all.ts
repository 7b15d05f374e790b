// Which rules are there? One file each; their order is the catalogue's.

import type { Rule } from '../rule.ts';
import { a06StuckOnDeadNode } from './a06-stuck-on-dead-node.ts';
import { m01MountTimedOut } from './m01-mount-timed-out.ts';
import { p01NoClass } from './p01-no-class.ts';
import { p02PodNotScheduled } from './p02-pod-not-scheduled.ts';
import { p03NodeNameSet } from './p03-node-name-set.ts';
import { p04ProvisionerSilent } from './p04-provisioner-silent.ts';
import { p05ProvisioningFailed } from './p05-provisioning-failed.ts';

export const allRules: readonly Rule[] = [
  p01NoClass,
  p02PodNotScheduled,
  p03NodeNameSet,
  p04ProvisionerSilent,
  p05ProvisioningFailed,
  a06StuckOnDeadNode,
  m01MountTimedOut,
];
