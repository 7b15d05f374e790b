// Which rules are there? One file each; their order is the catalogue's.

import type { Rule } from '../rule.ts';
import { a06StuckOnDeadNode } from './a06-stuck-on-dead-node.ts';
import { m01MountTimedOut } from './m01-mount-timed-out.ts';
import { p01NoClass } from './p01-no-class.ts';

export const allRules: readonly Rule[] = [p01NoClass, a06StuckOnDeadNode, m01MountTimedOut];
