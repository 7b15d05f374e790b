// Which ports of a pod get in each other's way? Source: pkg/api/pod/warnings.go.

import { leaveNoRoom } from '../warning-length.ts';
import type { ContainerPort, PodSpec } from './generated/v1.ts';
import { containersOf } from './placed-containers.ts';

interface PlacedPort {
  port: ContainerPort;
  at: string;
  /** In the pod. */
  index: number;
}

/** Warnings of the ports of all containers together. */
export function warnPorts(spec: PodSpec, path: string): string[] {
  const all: PlacedPort[] = [];
  for (const { container, at } of containersOf(spec, path))
    for (const [index, port] of (container.ports ?? []).entries())
      all.push({ port, at: `${at}.ports[${index}]`, index: all.length });
  const seen = new Map<string, PlacedPort[]>();
  const warnings: string[] = [];
  for (const placed of all) {
    const { port, at } = placed;
    if (port.hostIP && !port.hostPort) warnings.push(`${at}: hostIP set without hostPort: ${inGo(port)}`);
    if (all.length === 1) break;
    for (const other of clashing(port, seen))
      warnings.push(`${at}: ${clashOf(port, other.port)} port definition with ${other.at}`);
    if (leaveNoRoom(warnings)) return warnings;
    for (const key of keysOf(port)) {
      const same = seen.get(key);
      if (same) same.push(placed);
      else seen.set(key, [placed]);
    }
  }
  return [...warnings, ...warnNames(all)];
}

/** What ports are found by: their number, that and the port of the host, that and the address there. */
function keysOf({ containerPort, protocol, hostPort, hostIP }: ContainerPort): [string, string, string] {
  const number = `${containerPort}/${protocol ?? ''}`;
  const onHost = `${number} ${hostPort ?? 0}`;
  return [number, onHost, `${onHost} ${hostIP ?? ''}`];
}

/** Those of `seen` that get in the way of `port`, in their order. */
function clashing(port: ContainerPort, seen: Map<string, PlacedPort[]>): PlacedPort[] {
  const [number, onHost, atAddress] = keysOf(port);
  const inTheWay = seen.get(number) ?? [];
  // Without a port of the host they all do.
  if (inTheWay.length === 0 || !port.hostPort) return inTheWay;
  const onSameHost = port.hostIP ? [`${onHost} `, atAddress] : [onHost];
  return [`${number} 0`, ...onSameHost].flatMap((key) => seen.get(key) ?? []).sort((a, b) => a.index - b.index);
}

function clashOf(port: ContainerPort, other: ContainerPort): string {
  const [hostPort, otherHostPort] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (hostPort === otherHostPort && (port.hostIP ?? '') === (other.hostIP ?? '')) return 'duplicate';
  return hostPort === 0 || otherHostPort === 0 ? 'overlapping' : 'dangerously ambiguous';
}

function warnNames(all: PlacedPort[]): string[] {
  const first = new Map<string, string>();
  return all.flatMap(({ port: { name }, at }) => {
    if (!name) return [];
    const other = first.get(name);
    if (other === undefined) first.set(name, at);
    if (other === undefined) return [];
    const use = `services and probes that select ports by name will use ${other}`;
    return [`${at}: duplicate port name ${JSON.stringify(name)} with ${other}, ${use}`];
  });
}

/** A port as Go prints a struct with the names of its fields. */
function inGo({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
