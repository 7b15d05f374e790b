// M14: a kubelet can't clean up after a pod, because folders of its volumes are still there. They may hold the data.

import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { commandLine } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { LogLine } from '../snapshot/types.ts';

// Texts of kubelet_volumes.go, from 1.8 on; the first letter and the end differ between versions.
const orphaned =
  /rphaned pod "([0-9a-f-]+)" found, but (?:volume |error )?.*(?:still (?:present|mounted)|not empty|cleaned up)/;

export const m14OrphanedPod = defineRule({
  id: 'M14',
  title: 'Folders of a pod that is gone',
  severity: 'Critical',
  needs: ['logs', 'pods'],
  page: {
    symptom:
      'The kubelet logs "Orphaned pod "uid" found, but volume paths are still present on disk", every two seconds.',
    cause:
      'The pod went while its volumes could not be unmounted: a forced deletion, a restart of the kubelet, or a hung storage. The folders, and perhaps the mounts, are still there.',
    consequence: 'The folders stay. If a volume is still mounted there, it is not released either.',
    remedy: 'Look on the node whether anything is mounted below the folder; unmount it, then remove the empty folders.',
    wrongMoves:
      'rm -rf below /var/lib/kubelet/pods: if the volume is still mounted, that deletes its data. It has happened.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/60987'],
  },
  examine: (snapshot) => {
    const byNode = new Map<string, Map<string, LogLine>>();
    for (const line of snapshot.all('logs')) {
      const uid = orphaned.exec(line.text)?.[1];
      if (!uid || !line.nodeName) continue;
      const found = byNode.get(line.nodeName) ?? new Map<string, LogLine>();
      byNode.set(line.nodeName, found.set(uid, line));
    }
    return [...byNode].flatMap(([nodeName, lines]) => findingOf(snapshot, nodeName, lines));
  },
});

function findingOf(snapshot: Snapshot, nodeName: string, lines: ReadonlyMap<string, LogLine>): FindingDraft[] {
  const subject: ObjectRef = { kind: 'Node', name: nodeName };
  const live = new Set(snapshot.all('pods').map(({ metadata }) => metadata.uid));
  // A pod that is there again was only late.
  const gone = [...lines].filter(([uid]) => !live.has(uid));
  if (gone.length === 0) return [];
  return [
    {
      subject,
      related: gone.map(([, line]) => refTo(line)),
      sentence: `Node ${nodeName} still has folders of ${gone.length === 1 ? 'a pod that is' : `${gone.length} pods that are`} gone, and a volume may still be mounted there.`,
      evidence: gone.slice(0, 5).map(([, line]) => evidence(line, 'text', line.text)),
      actions: gone
        .slice(0, 10)
        .flatMap(([uid]) => {
          const folder = `/var/lib/kubelet/pods/${uid}`;
          return [
            harmless({
              title: `Look below ${folder}, on ${nodeName}`,
              why: 'It only reads: what is mounted there, and which files are left.',
              commands: [
                `${commandLine('findmnt', '-rn', '-o', 'TARGET,SOURCE')} | ${commandLine('grep', uid)}`,
                commandLine('find', folder, '-xdev', '-type', 'f'),
              ],
            }),
            guarded(
              {
                title: `Remove the empty folders below ${folder}`,
                why: 'find -empty takes away folders only, never a file, and -xdev never leaves this disk for a mounted one.',
                commands: [commandLine('find', folder, '-xdev', '-depth', '-type', 'd', '-empty', '-delete')],
              },
              [
                {
                  claim: `nothing is mounted below ${folder}`,
                  found: undefined,
                  howTo: `Run on ${nodeName}: findmnt -rn, and look for ${uid}. No line may be left.`,
                },
              ],
            ),
          ];
        })
        .concat(wrongMoves.removeKubeletFolders),
    },
  ];
}
