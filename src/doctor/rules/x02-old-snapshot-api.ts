// X02: somebody still uses, or the store still holds, snapshot objects of an API version that is gone.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refText, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { isOver } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

const group = 'snapshot.storage.k8s.io';
const namesOldVersion =
  /snapshot\.storage\.k8s\.io[/,\s"]*(Version=)?v1(alpha1|beta1)|VolumeSnapshot(Class|Content)?\w* in version "?snapshot\.storage\.k8s\.io\/v1(alpha1|beta1)/i;
// external-snapshotter speaks v1 since its release 4.
const oldSidecar = /\/?(csi-snapshotter|snapshot-controller):v?[0-3]\./;

export const x02OldSnapshotApi = defineRule({
  id: 'X02',
  title: 'Old version of the snapshot API',
  severity: 'Medium',
  needs: ['definitions', 'pods'],
  reads: ['backups', 'restores', 'snapshots', 'events', 'replicaSets'],
  page: {
    symptom:
      'Errors that name v1beta1 snapshot classes: "no matches for kind "VolumeSnapshotClass" in version "snapshot.storage.k8s.io/v1beta1"".',
    cause:
      'A tool or sidecar is older than the installed definitions, or the store still holds objects that were written in the old version.',
    consequence:
      'Backups of that tool have no snapshots. New definitions are refused while the old version is listed as stored.',
    remedy: 'Upgrade the tool; write every object anew, then take the old version out of storedVersions.',
    wrongMoves: 'Deleting the definition to install it anew: every snapshot object goes with it.',
    sources: ['https://github.com/velero-io/velero/issues/4080'],
  },
  examine: (snapshot) => {
    const definitions = snapshot.all('definitions').filter(({ spec }) => spec.group === group);
    return [
      ...definitions.flatMap(storedFinding),
      ...toolFindings(snapshot),
      ...(definitions.length > 0 && !definitions.some(servesOld) ? sidecarFindings(snapshot) : []),
    ];
  },
});

function servesOld({ spec }: CustomResourceDefinition): boolean {
  return spec.versions.some(({ name, served }) => served && name !== 'v1');
}

function storedFinding(definition: CustomResourceDefinition): FindingDraft[] {
  const stored = definition.status?.storedVersions ?? [];
  const old = stored.filter((version) => version !== 'v1');
  // Before v1 there was nothing to move to.
  if (old.length === 0 || !definition.spec.versions.some(({ name }) => name === 'v1')) return [];
  const { name } = definition.metadata;
  const plural = definition.spec.names.plural;
  return [
    {
      subject: refTo(definition),
      sentence: `The store may still hold ${plural} in ${old.join(', ')}, and newer definitions without that version will be refused.`,
      evidence: [
        evidence(definition, 'status.storedVersions', stored),
        evidence(
          definition,
          'spec.versions',
          definition.spec.versions.map((version) => version.name),
        ),
      ],
      cause: 'Objects are kept in the version in which they were last written, and nobody has written them since.',
      actions: [
        harmless({
          title: `Write all ${plural} anew`,
          why: 'Each is read and written back unchanged, and is kept as v1 then.',
          commands: [
            `${kubectl(['get', `${plural}.${group}`, '--all-namespaces', '-o', 'json'])} | kubectl replace -f -`,
          ],
        }),
        guarded(
          {
            title: `Take ${old.join(', ')} out of storedVersions`,
            why: 'It is only a note of what the store may hold. If it is wrong, objects can not be read any more.',
            commands: [
              kubectl([
                'patch',
                'customresourcedefinition',
                name,
                '--subresource=status',
                '--type=merge',
                '-p',
                '{"status":{"storedVersions":["v1"]}}',
              ]),
            ],
          },
          [
            {
              claim: `every one of the ${plural} was written anew without an error`,
              found: undefined,
              howTo: 'The command before this one must have replaced each of them.',
            },
          ],
        ),
        deleteDefinition,
      ],
    },
  ];
}

/** Errors of tools that asked for the old version, where they are kept. */
function toolFindings(snapshot: Snapshot): FindingDraft[] {
  const said: { object: KubeObject; fact: Evidence }[] = [];
  const look = (object: KubeObject, path: string, text: string | undefined): void => {
    if (text && namesOldVersion.test(text)) said.push({ object, fact: evidence(object, path, text) });
  };
  for (const run of [...snapshot.all('backups'), ...snapshot.all('restores')]) {
    look(run, 'status.failureReason', run.status?.failureReason);
    look(run, 'status.validationErrors', run.status?.validationErrors?.join('; '));
  }
  for (const each of snapshot.all('snapshots')) look(each, 'status.error.message', each.status?.error?.message);
  for (const event of snapshot.all('events')) if (!isOver(snapshot, event)) look(event, 'message', event.message);
  const [first] = said;
  if (!first) return [];
  return [
    {
      subject: refTo(first.object),
      related: said.slice(1, 10).map(({ object }) => refTo(object)),
      sentence: `${first.object.kind} ${first.object.metadata.name} asked for snapshots in an API version that this cluster does not have.`,
      evidence: said.slice(0, 3).map(({ fact }) => fact),
      cause: 'The tool is older than the snapshot definitions of the cluster.',
      actions: [upgrade, deleteDefinition],
    },
  ];
}

function sidecarFindings(snapshot: Snapshot): FindingDraft[] {
  const byWorkload = new Map<string, FindingDraft>();
  for (const pod of snapshot.all('pods')) {
    const image = oldImage(pod);
    if (!image) continue;
    const workload = workloadOf(snapshot, pod);
    byWorkload.set(refText(workload), {
      severity: 'High',
      subject: workload,
      related: [refTo(pod)],
      sentence: `${workload.kind} ${workload.name} runs ${image}, which knows only the v1beta1 of snapshots, and the cluster has only v1.`,
      evidence: [evidence(pod, 'spec.containers[*].image', image)],
      cause: 'The sidecar is older than the snapshot definitions of the cluster: it finds no snapshot to work on.',
      actions: [upgrade, deleteDefinition],
    });
  }
  return [...byWorkload.values()];
}

function oldImage(pod: Pod): string | undefined {
  return pod.spec?.containers.map(({ image = '' }) => image).find((image) => oldSidecar.test(image));
}

const upgrade = forExpert({
  title: 'Upgrade the tool to a release that speaks snapshot.storage.k8s.io/v1',
  why: 'Velero does since 1.8 with its CSI plugin, the external-snapshotter since 4.0. Read the release notes in between.',
});

const deleteDefinition = wrongMove({
  title: 'Delete the definitions and install them anew',
  why: 'Every snapshot object goes with its definition, and with deletion policy Delete the snapshots too.',
});
