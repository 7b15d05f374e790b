// M06: a Secret that the driver needs to reach the storage is gone, or the storage no longer accepts it.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Evidence, evidence, type FindingDraft, type ObjectRef, refText, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { blank, kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { mountFailures, volumesNamedBy } from '../snapshot/mounts.ts';
import { type SecretUse, secretsOfVolume } from '../snapshot/secret-refs.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m06SecretMissing = defineRule({
  id: 'M06',
  title: 'Secret of a volume is missing or refused',
  severity: 'High',
  needs: ['volumes', 'secrets'],
  reads: ['pods', 'claims', 'events'],
  page: {
    symptom: '"secret "s" not found", or the storage denies the access when the volume is staged or published.',
    cause:
      "A PersistentVolume names the Secrets of its driver, and never forgets them. One was deleted, moved or renamed, or the storage's credentials changed and it did not.",
    consequence:
      'Volumes with this Secret can be mounted on no further node, grown or detached. Running pods notice when they move.',
    remedy: 'Make the Secret again under the same name and namespace, with keys that the storage accepts.',
    wrongMoves: 'Deleting the claim to get rid of a reference that cannot be changed: the disk goes with it.',
    sources: ['https://github.com/kubernetes-csi/external-provisioner/blob/master/pkg/controller/controller.go'],
  },
  examine: (snapshot) => {
    const missing = missingSecrets(snapshot);
    const refused = refusedSecrets(snapshot).filter(({ secret }) => !missing.has(refText(secret)));
    return [
      ...[...missing.values()].map(({ secret, uses }) => missingFinding(secret, uses)),
      ...refused.map(({ secret, facts, pods }) => refusedFinding(secret, facts, pods)),
    ];
  },
});

interface Use extends SecretUse {
  volume: PersistentVolume;
}

function missingSecrets(snapshot: Snapshot): Map<string, { secret: ObjectRef; uses: Use[] }> {
  const missing = new Map<string, { secret: ObjectRef; uses: Use[] }>();
  for (const volume of snapshot.all('volumes')) {
    if (volume.status?.phase !== 'Bound') continue;
    for (const use of secretsOfVolume(volume)) {
      const { namespace = '', name } = use.secret;
      if (snapshot.find('secrets', { namespace, name }) || !snapshot.covers('secrets', namespace)) continue;
      const entry = missing.get(refText(use.secret)) ?? { secret: use.secret, uses: [] };
      entry.uses.push({ ...use, volume });
      missing.set(refText(use.secret), entry);
    }
  }
  return missing;
}

function missingFinding(secret: ObjectRef, uses: readonly Use[]): FindingDraft {
  const { namespace = '', name } = secret;
  const volumes = [...new Set(uses.map(({ volume }) => volume))];
  const count = volumes.length === 1 ? `volume ${volumes[0]?.metadata.name}` : `${volumes.length} volumes`;
  return {
    subject: secret,
    related: volumes.map(refTo),
    sentence: `Secret ${namespace}/${name}, which the driver needs for ${count}, does not exist.`,
    evidence: [
      evidence(secret, 'metadata.name', undefined),
      ...uses
        .slice(0, 5)
        .map(({ volume, field }) => evidence(volume, `spec.csi.${field}`, `${secret.namespace}/${secret.name}`)),
    ],
    actions: [remake(secret), ...wrong],
  };
}

interface Refused {
  secret: ObjectRef;
  facts: Evidence[];
  pods: ObjectRef[];
}

/** Secrets that exist, of volumes whose mount was refused for want of rights. */
function refusedSecrets(snapshot: Snapshot): Refused[] {
  const refused = new Map<string, Refused>();
  for (const { pod, event, facts } of mountFailures(snapshot, eventTexts.accessDenied))
    for (const volume of volumesNamedBy(snapshot, pod, event.message ?? '')) {
      const [use] = secretsOfVolume(volume).filter(({ field }) => field.startsWith('node'));
      if (!use) continue;
      const key = refText(use.secret);
      const fact = evidence(volume, `spec.csi.${use.field}`, `${use.secret.namespace}/${use.secret.name}`);
      const entry = refused.get(key) ?? { secret: use.secret, facts: [...facts, fact], pods: [] };
      entry.pods.push(refTo(pod));
      refused.set(key, entry);
    }
  return [...refused.values()];
}

function refusedFinding(secret: ObjectRef, facts: Evidence[], pods: ObjectRef[]): FindingDraft {
  return {
    subject: secret,
    related: pods,
    sentence: `The storage denies access with Secret ${secret.namespace}/${secret.name}, and ${pods.length === 1 ? `pod ${pods[0]?.name} waits` : `${pods.length} pods wait`}.`,
    evidence: facts,
    cause:
      "The Secret is there, but its keys are no longer the storage's: they were rotated or revoked on one side only.",
    actions: [remake(secret), ...wrong],
  };
}

function remake({ namespace = '', name }: ObjectRef): FindingDraft['actions'][number] {
  return harmless({
    title: 'Put the keys that the storage accepts into this Secret',
    why: 'The drivers read it at each call, so nothing has to be restarted, and running pods are not touched.',
    commands: [
      kubectl(['get', 'secrets'], namespace),
      `${kubectl(['create', 'secret', 'generic', name, blank('KEYS', 'a file with a line name=value for each key', '--from-env-file='), '--dry-run=client', '-o', 'yaml'], namespace)} | kubectl apply -f -`,
    ],
  });
}

const wrong = [
  wrongMoves.deleteClaim,
  wrongMove({
    title: 'Make the PersistentVolume again to name another Secret',
    why: 'Its source never changes, and deleting it while its policy is Delete takes the disk along.',
  }),
];
