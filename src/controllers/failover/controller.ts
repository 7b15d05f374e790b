// Which change wakes which node? Moves stateful pods off nodes that are dead, and only on proof.

import { fenceProofs } from '../../apis/amarre/types.ts';
import type { Node } from '../../apis/core/generated/v1.ts';
import {
  leases,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../apis/resources.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { CsiDriver } from '../../csi/client.ts';
import type { AskSupervisor } from '../../fencing/methods/ask-supervisor.ts';
import { type Edge, execute } from './execute.ts';
import { reconcileNodeFailover } from './reconcile.ts';
import { Renewals } from './renewals.ts';
import { failoverView } from './view.ts';

const never: Outcome = { requeue: 'never' };

export interface FailoverOptions {
  csi: CsiDriver;
  /** Name of the driver. */
  driver: string;
  /** How to reach a node's supervisor; see `askSupervisorMethod`. It is given 400 ms or so: it only shortens the wait. */
  askSupervisor: AskSupervisor;
  revokeTimeoutMs?: number;
  /** Sabotage for the negative control: nobody is asked to kill the writers. */
  noFence?: boolean;
}

/** Fences the volumes of nodes that went silent or rebooted, and deletes their pods once every volume is proven. */
export function failoverController(deps: ControllerDeps, options: FailoverOptions): Controller {
  const { informers, client, clock, random } = deps;
  const caches = {
    nodes: informers.of(nodes),
    pods: informers.of(pods),
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    attachments: informers.of(volumeAttachments),
    proofs: informers.of(fenceProofs),
  };
  const renewals = new Renewals(clock, informers.of(leases));
  const edge: Edge = {
    client,
    clock,
    random,
    renewals,
    csi: options.csi,
    driver: options.driver,
    askSupervisor: options.noFence ? undefined : options.askSupervisor,
    recorder: deps.recorder('failover-controller'),
    log: deps.log.child({ controller: 'failover' }),
    revokeTimeoutMs: options.revokeTimeoutMs ?? 3_000,
  };

  const watch = (enqueue: (key: string) => void): void => {
    caches.nodes.onChange(({ object, previous }) => {
      if (!previous || relevant(object) !== relevant(previous)) enqueue(object.metadata.name);
    });
    caches.attachments.onChange(({ object }) => enqueue(object.spec.nodeName));
    caches.proofs.onChange(({ object }) => enqueue(object.spec.nodeName));
    caches.pods.onChange(({ object }) => {
      if (object.spec?.nodeName) enqueue(object.spec.nodeName);
    });
  };

  const reconcileKey = async (nodeName: string, signal: AbortSignal): Promise<Outcome> => {
    const view = failoverView(nodeName, caches, renewals);
    if (view.attachments.length === 0 && view.pods.length === 0) return never;
    return execute(reconcileNodeFailover(view), { view, edge }, signal);
  };

  // One node that is slow to answer must not hold up the failover of another.
  return keyedController({ name: 'failover', concurrency: 4, watch, reconcileKey }, deps);
}

function relevant(node: Node): string {
  return `${readinessOf(node)} ${node.status?.nodeInfo?.bootID}`;
}
