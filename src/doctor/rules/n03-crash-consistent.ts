// N03: a database is copied while it writes, and nothing makes it ready for that.

import { evidence, type FindingDraft, refText, refTo, type Severity } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { type DatabaseCopy, databaseCopies, startsBackupMode } from '../snapshot/database-copies.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

export const n03CrashConsistent = defineRule({
  id: 'N03',
  title: 'Database is copied while it writes',
  severity: 'High',
  needs: ['pods', 'claims', 'schedules'],
  reads: ['namespaces', 'replicaSets', 'policyMaps'],
  page: {
    symptom: 'Nothing, until a restored database does not start, or lacks its last transactions.',
    cause:
      'No hook quiesces the database before its volumes are copied; or a hook begins a backup mode that ends with its own session, as PostgreSQL does since 15.',
    consequence:
      'A snapshot of one volume is like a power cut: most databases recover from it. A copy of the files, made one after the other, is often of no use.',
    remedy:
      'CHECKPOINT in a pre-hook and one atomic snapshot; or the dump or archive of the database itself, written to a volume that is copied.',
    wrongMoves: 'Start in one exec hook and stop in another: the session between them is gone.',
    sources: ['https://github.com/mitchross/talos-argocd-proxmox/pull/1989'],
  },
  examine: (snapshot) => {
    const byWorkload = new Map<string, FindingDraft>();
    for (const copy of databaseCopies(snapshot)) {
      const flaw = flawOf(copy);
      if (flaw) byWorkload.set(refText(workloadOf(snapshot, copy.pod)), findingOf(snapshot, copy, flaw));
    }
    return [...byWorkload.values()];
  },
});

type Flaw = 'session' | 'files' | 'snapshot';

function flawOf({ hooks, claims }: DatabaseCopy): Flaw | undefined {
  if (hooks.some((command) => startsBackupMode.test(command))) return 'session';
  if (hooks.length > 0) return undefined;
  return claims.some(({ isByFiles }) => isByFiles) ? 'files' : 'snapshot';
}

const flaws: Record<Flaw, { severity: Severity; text: string }> = {
  session: { severity: 'High', text: 'by a hook whose backup mode ends before the copy begins' },
  files: { severity: 'High', text: 'file by file while it writes' },
  snapshot: { severity: 'Medium', text: 'as after a power cut: nothing quiesces it first' },
};

function findingOf(snapshot: Snapshot, copy: DatabaseCopy, flaw: Flaw): FindingDraft {
  const { pod, found, schedule, claims, hooks } = copy;
  const workload = workloadOf(snapshot, pod);
  const { severity, text } = flaws[flaw];
  return {
    severity,
    subject: workload,
    related: [pod, schedule, ...claims.map(({ claim }) => claim)].map(refTo),
    sentence: `Schedule ${schedule.metadata.name} copies ${found.engine.name} in ${workload.kind} ${workload.name} ${text}.`,
    evidence: [
      evidence(pod, `spec.containers[${found.container.name}].image`, found.container.image),
      evidence(schedule, 'spec.template.defaultVolumesToFsBackup', schedule.spec?.template.defaultVolumesToFsBackup),
      hooks[0] === undefined
        ? evidence(schedule, 'spec.template.hooks', schedule.spec?.template.hooks)
        : evidence(pod, 'metadata.annotations[pre.hook.backup.velero.io/command]', hooks[0]),
    ],
    actions: [
      harmless({
        title: 'See whether a restored copy starts, in another namespace',
        why: 'Until then nobody knows what the copies are worth.',
      }),
      forExpert({
        title: "Quiesce it in a pre-hook, or copy the database's own dump",
        why: 'Which of them fits depends on the engine, its size and how long it may stand still. A hook that fails must not leave it frozen.',
        commands:
          found.engine.name === 'PostgreSQL'
            ? [
                kubectl(
                  [
                    'annotate',
                    'pod',
                    pod.metadata.name,
                    `pre.hook.backup.velero.io/container=${found.container.name}`,
                    'pre.hook.backup.velero.io/command=["psql","-U","postgres","-c","CHECKPOINT"]',
                  ],
                  pod.metadata.namespace,
                ),
              ]
            : [],
      }),
      wrongMove({
        title: 'Start a backup mode in one hook and stop it in another',
        why: 'The mode belongs to a session, and each hook has its own.',
      }),
    ],
  };
}
