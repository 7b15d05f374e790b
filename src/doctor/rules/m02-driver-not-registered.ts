// M02: pods wait on a node where the CSI driver of their volumes is not registered.

import { controllerOf } from '../../apimachinery/meta.ts';
import { isPodReady } from '../../apis/core/conditions.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { driverIsIdle } from '../safety/restart-proofs.ts';
import { newestEvent, registeredDriver } from '../snapshot/joins.ts';
import { waitedMs, waitingPods } from '../snapshot/mounts.ts';
import { driversOfPod, nodePluginPods } from '../snapshot/node-plugins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m02DriverNotRegistered = defineRule({
  id: 'M02',
  title: 'CSI driver is not registered on the node',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'csiNodes'],
  reads: ['events', 'nodes'],
  page: {
    symptom:
      'The pod stays in ContainerCreating: "driver name D not found in the list of registered CSI drivers". The CSINode of the node does not list the driver.',
    cause:
      "The driver's node plugin does not run on that node, or it runs and the kubelet never found its socket, as with another kubelet root directory. Right after a node's start it may only be late.",
    consequence: 'No pod with a volume of that driver starts on the node.',
    remedy:
      "Bring the driver's node plugin back on that node; if it runs, compare its kubelet directory with the node's.",
    wrongMoves: 'Deleting the CSINode: the kubelet makes it again, and until then attachments on that node fail too.',
    sources: ['https://github.com/kubernetes-csi/csi-driver-nfs/issues/918'],
  },
  examine: (snapshot, { graceMs }) => {
    const missing = new Map<string, Missing>();
    for (const pod of waitingPods(snapshot)) {
      const nodeName = pod.spec?.nodeName ?? '';
      const isSaid = newestEvent(snapshot.eventsOf(pod), eventTexts.driverNotRegistered);
      // A node that has just started registers its drivers within a minute or two.
      if (!isSaid && waitedMs(snapshot, pod) <= graceMs) continue;
      const csiNode = snapshot.find('csiNodes', { name: nodeName });
      if (!csiNode && !snapshot.covers('csiNodes')) continue;
      const drivers = driversOfPod(snapshot, pod).filter((driver) => !registeredDriver(csiNode, driver));
      if (drivers.length === 0) continue;
      const entry = missing.get(nodeName) ?? { nodeName, drivers: new Set(), pods: [] };
      for (const driver of drivers) entry.drivers.add(driver);
      entry.pods.push(pod);
      missing.set(nodeName, entry);
    }
    return [...missing.values()].map((entry) => findingOf(snapshot, entry));
  },
});

interface Missing {
  nodeName: string;
  drivers: Set<string>;
  pods: Pod[];
}

function findingOf(snapshot: Snapshot, { nodeName, drivers: lacking, pods }: Missing): FindingDraft {
  const csiNode = snapshot.find('csiNodes', { name: nodeName });
  const subject: ObjectRef = { kind: 'CSINode', name: nodeName };
  const plugins = [...lacking].flatMap((driver) =>
    nodePluginPods(snapshot, driver, nodeName).map((pod) => ({ driver, pod })),
  );
  const pluginPods = plugins.map(({ pod }) => pod);
  const running = pluginPods.filter(isPodReady);
  const events = pods.map((pod) => newestEvent(snapshot.eventsOf(pod), eventTexts.driverNotRegistered));
  const event = events.find(Boolean);
  const drivers = csiNode?.spec.drivers.map(({ name }) => name);
  const names = [...lacking].join(', ');
  const where = running.length > 0 ? 'although its node plugin runs there' : 'and no node plugin of it is ready there';
  return {
    subject,
    related: [...pluginPods, ...pods].map(refTo),
    sentence: `CSI driver ${names} is not registered on ${nodeName}, ${where}, so ${pods.length === 1 ? `pod ${pods[0]?.metadata.name} waits` : `${pods.length} pods wait`} for volumes.`,
    evidence: [
      evidence(csiNode ?? subject, 'spec.drivers', drivers),
      ...pluginPods.map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
      ...pods.slice(0, 5).map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
      ...(event ? [evidence(event, 'message', event.message)] : []),
    ],
    cause:
      running.length > 0
        ? "The node plugin runs, but the kubelet has not found its socket: most often the plugin is set up for another kubelet root directory than the node's."
        : "The driver's node plugin does not run on the node: its DaemonSet does not select or tolerate the node, or its pod fails.",
    blames: [
      { kind: 'Node', name: nodeName },
      ...pluginPods.map(refTo),
      ...pluginPods.flatMap(ownerRef),
      ...[...lacking].map((name) => ({ kind: 'CSIDriver', name })),
    ],
    actions: [
      harmless({
        title: "Look at the driver's node plugin",
        why: 'Its pods on this node, and why they are not ready, say what is missing.',
        commands: [
          kubectl(['get', 'pods', '--all-namespaces', '-o', 'wide', `--field-selector=spec.nodeName=${nodeName}`]),
          ...pluginPods.map(({ metadata }) => kubectl(['describe', 'pod', metadata.name], metadata.namespace)),
          kubectl(['get', 'csinode', nodeName, '-o', 'yaml']),
        ],
      }),
      ...plugins.map(({ pod, driver }) =>
        guarded(
          {
            title: `Restart the plugin pod ${pod.metadata.name}`,
            why: 'It registers again when it starts. Only this one pod, on this node.',
            commands: [kubectl(['delete', 'pod', pod.metadata.name], pod.metadata.namespace)],
          },
          [driverIsIdle(snapshot, driver, nodeName)],
        ),
      ),
      wrongMove({
        title: 'Delete the CSINode',
        why: 'The kubelet makes it again without the driver, and until then attachments on the node fail as well.',
      }),
    ],
  };
}

function ownerRef(pod: Pod): ObjectRef[] {
  const owner = controllerOf(pod);
  return owner ? [{ kind: owner.kind, namespace: pod.metadata.namespace ?? '', name: owner.name }] : [];
}
