// Which command line enters a running container? Pure.

import { nodeMarker } from '../../../base/marked-processes.ts';
import type { ContainerSpec } from '../types.ts';
import { splitEnvironment } from './gate.ts';
import { containerMarker, pathRewriter, rewritePaths } from './plain.ts';
import { containerEnvironment, dropPrivileges } from './sandbox.ts';

/** What the caller spawns. */
export interface ExecPlan {
  argv: string[];
  env: Record<string, string>;
}

export interface ExecTarget {
  spec: ContainerSpec;
  mode: 'privileged' | 'userns' | 'plain';
  /** PID 1 of the container, as the node sees it. */
  initPid: number;
  id: string;
  nodeDir: string;
  /** `cgroup.procs` files that the command enters first, so that it dies with the container. */
  procsFiles: string[];
}

const enterGroups = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; exec "$@"';

/** How `argv` runs inside the container with the container's user, variables and folder. */
export function execPlan(target: ExecTarget, argv: readonly string[]): ExecPlan {
  const { spec, mode } = target;
  if (mode === 'plain') {
    const rewritten = rewritePaths(spec);
    return {
      argv: argv.map(pathRewriter(spec.mounts)),
      env: { ...containerEnvironment(rewritten), [containerMarker]: target.id, [nodeMarker]: target.nodeDir },
    };
  }
  const { inherited, inline } = splitEnvironment(containerEnvironment(spec));
  // A user namespace has one user only, and whoever owns it enters as that user.
  const enter = mode === 'userns' ? ['--preserve-credentials', '-U'] : [];
  const drop = mode === 'userns' ? [] : dropPrivileges(spec);
  const nsenter = ['/usr/bin/nsenter', '-t', String(target.initPid), ...enter, '-m', '-p', '-u', '-i', '--'];
  return {
    argv: [
      '/bin/sh',
      '-c',
      enterGroups,
      'sh',
      ...target.procsFiles,
      '--',
      ...nsenter,
      ...drop,
      'env',
      '-C',
      spec.workingDir,
      ...inline,
      ...argv,
    ],
    env: { ...inherited, ...(spec.targetContainer !== undefined && { [containerMarker]: target.id }) },
  };
}
