// P11: the node that was chosen for a volume does not say where it stands.

import type { Node, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import { grouped } from '../../base/grouped.ts';
import { eventTexts } from '../event-texts.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, newestEvent, registeredDriver, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p11NoTopology = defineRule({
  id: 'P11',
  title: 'Node without topology for its driver',
  severity: 'High',
  needs: ['claims', 'classes', 'nodes', 'csiNodes'],
  reads: ['events'],
  page: {
    symptom: '"no topology key found on CSINode …" on a claim whose pod has a node chosen for it.',
    cause:
      "The driver's node plugin is not registered on that node, or the node has lost the labels that the plugin wrote.",
    consequence: 'No volume can be made for pods of that node.',
    remedy: 'Let the node plugin register again: restart its pod on that node. It writes keys and labels itself.',
    wrongMoves:
      'Writing zone labels by hand: a wrong one makes disks where the node can not reach them, and they can not be moved.',
    sources: ['https://github.com/kubernetes-csi/external-provisioner/blob/master/pkg/controller/controller.go'],
  },
  examine: (snapshot) => {
    const byNode = grouped(
      waitingClaims(snapshot).filter((claim) => !claim.spec?.volumeName),
      (claim) => claim.metadata.annotations?.[annotations.selectedNode] ?? '',
    );
    return [...byNode].flatMap(([nodeName, claims]) => {
      const node = snapshot.find('nodes', { name: nodeName });
      if (!node) return [];
      const lacking = claims.flatMap((claim) => {
        const lack = lackOf(snapshot, node, claim);
        return lack ? [{ claim, lack }] : [];
      });
      const [first] = lacking;
      return first ? [findingOf(snapshot, node, { claims: lacking.map(({ claim }) => claim), lack: first.lack })] : [];
    });
  },
});

interface Lack {
  driver: string;
  why: string;
  facts: Evidence[];
}

/** What the node lacks for the claim's driver; undefined if that has no topology or the node says all of it. */
function lackOf(snapshot: Snapshot, node: Node, claim: PersistentVolumeClaim): Lack | undefined {
  const driver = csiDriverName(classOfClaim(snapshot, claim)?.provisioner ?? '');
  if (!hasTopology(snapshot, driver)) return undefined;
  const { name } = node.metadata;
  const csiNode = snapshot.find('csiNodes', { name });
  if (!csiNode && !snapshot.covers('csiNodes')) return undefined;
  const registered = registeredDriver(csiNode, driver);
  const at = { kind: 'CSINode', name };
  if (!registered) {
    const why = 'its node plugin is not registered there';
    return { driver, why, facts: [evidence(at, `spec.drivers[${driver}]`, undefined)] };
  }
  if (!registered.topologyKeys?.length) {
    const why = 'its node plugin has told nothing about where the node stands';
    return { driver, why, facts: [evidence(at, `spec.drivers[${driver}].topologyKeys`, registered.topologyKeys)] };
  }
  const missing = registered.topologyKeys.find((key) => node.metadata.labels?.[key] === undefined);
  if (missing === undefined) return undefined;
  return {
    driver,
    why: `the node has lost its label ${missing}`,
    facts: [
      evidence(at, `spec.drivers[${driver}].topologyKeys`, registered.topologyKeys),
      evidence(node, `metadata.labels[${missing}]`, undefined),
    ],
  };
}

/** Has the driver told topology keys on some node? */
function hasTopology(snapshot: Snapshot, driver: string): boolean {
  const telling = snapshot.where('csiNodes', {
    index: 'csiNodesByTopologyOf',
    key: driver,
    keysOf: ({ spec }) => spec.drivers.filter(({ topologyKeys }) => topologyKeys?.length).map(({ name }) => name),
  });
  return telling.length > 0;
}

function findingOf(
  snapshot: Snapshot,
  node: Node,
  { claims, lack: { driver, why, facts } }: { claims: readonly PersistentVolumeClaim[]; lack: Lack },
): FindingDraft {
  const { name } = node.metadata;
  const said = claims.flatMap((claim) => newestEvent(snapshot.eventsOf(claim), eventTexts.noTopologyKey) ?? []);
  return {
    subject: { kind: 'CSINode', name },
    related: [node, ...claims].map(refTo),
    sentence: `The driver ${driver} can make no volumes for node ${name}, because ${why}.`,
    evidence: [
      ...facts,
      ...claims.slice(0, 3).map((claim) => evidence(claim, `metadata.annotations[${annotations.selectedNode}]`, name)),
      ...said.slice(0, 1).map((event) => evidence(event, 'message', event.message)),
    ],
    blames: [
      { kind: 'CSINode', name },
      { kind: 'Node', name },
    ],
    actions: [
      harmless({
        title: "Look at the driver's node plugin on that node",
        why: 'It writes the keys and the labels itself once it registers.',
        commands: [
          kubectl(['get', 'csinode', name, '-o', 'yaml']),
          kubectl(['get', 'pods', '--all-namespaces', '-o', 'wide', `--field-selector=spec.nodeName=${name}`]),
          kubectl(['get', 'node', name, '--show-labels']),
        ],
      }),
      wrongMove({
        title: 'Write the zone labels of the node by hand',
        why: 'A wrong one makes disks where the node can not reach them, and a disk can not be moved to another zone.',
      }),
    ],
  };
}
