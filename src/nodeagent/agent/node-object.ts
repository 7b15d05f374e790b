// What does the node say about itself? Pure: Node object and status.

import type { Draft } from '../../apimachinery/meta.ts';
import type { Node, NodeCondition, NodeStatus } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { AgentConfig } from '../config.ts';
import type { SupervisorInfo } from '../supervisor/protocol.ts';

/** What the operating system says. */
export interface MachineFacts {
  cpus: number;
  memoryBytes: number;
  storageBytes: number;
  kernelVersion: string;
  osImage: string;
  architecture: string;
  machineID: string;
}

export interface NodeFacts {
  config: AgentConfig;
  machine: MachineFacts;
  supervisor: SupervisorInfo | undefined;
  volumesInUse: string[];
  nowMs: number;
}

/** Present while the dead-man's switch is armed: lifetime of the pods after a renewal, in milliseconds. */
export const deadManAnnotation = 'amarre.io/dead-man-ms';

const podsMax = 110;

/** Labels that the node gives itself. */
export function nodeLabels({ nodeName, labels }: AgentConfig, { architecture }: MachineFacts): Record<string, string> {
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': architecture,
    ...labels,
  };
}

export function newNode(facts: NodeFacts): Draft<Node> {
  const { config, machine } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: config.nodeName,
      labels: nodeLabels(config, machine),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {},
  };
}

/** The parts of status that are the agent's; `old` keeps the times of conditions that did not change. */
export function nodeStatus(facts: NodeFacts, old: NodeStatus | undefined): NodeStatus {
  const { config, machine, supervisor } = facts;
  const capacity = {
    cpu: String(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(machine.storageBytes / 1024)}Ki`,
    pods: String(podsMax),
  };
  return {
    addresses: [
      { type: 'InternalIP', address: config.address },
      { type: 'Hostname', address: config.nodeName },
    ],
    capacity,
    allocatable: capacity,
    conditions: nodeConditions(facts, old?.conditions ?? []),
    daemonEndpoints: { kubeletEndpoint: { Port: config.kubeletPort } },
    nodeInfo: {
      architecture: machine.architecture,
      bootID: supervisor?.bootID ?? old?.nodeInfo?.bootID ?? '',
      containerRuntimeVersion: `amarre://${config.version.split('amarre.').at(-1)}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: config.version,
      machineID: machine.machineID,
      operatingSystem: 'linux',
      osImage: machine.osImage,
      systemUUID: machine.machineID,
    },
    volumesInUse: facts.volumesInUse,
  };
}

function nodeConditions({ supervisor, nowMs }: NodeFacts, old: NodeCondition[]): NodeCondition[] {
  const isReady = supervisor !== undefined;
  const wanted: NodeCondition[] = [
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'kubelet has sufficient memory available',
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'kubelet has no disk pressure',
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
    },
    isReady
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: "container runtime is down: the node's supervisor does not answer",
        },
  ];
  const mine = wanted.map((condition) => {
    const before = old.find(({ type }) => type === condition.type);
    const since =
      before?.status === condition.status && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(nowMs);
    return { ...condition, lastHeartbeatTime: rfc3339(nowMs), lastTransitionTime: since };
  });
  return [...mine, ...old.filter(({ type }) => !mine.some((one) => one.type === type))];
}

/** Does `shown` differ from `wanted` in more than heartbeat times? */
export function withoutHeartbeats(status: NodeStatus): NodeStatus {
  const conditions = (status.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime: '' }));
  return { ...status, conditions };
}
