// Which ports of a pod get in each other's way? Source: pkg/api/pod/warnings.go.

import type { ContainerPort, PodSpec } from './generated/v1.ts';
import { containersOf } from './placed-containers.ts';

interface PlacedPort {
  port: ContainerPort;
  at: string;
}

/** Warnings of the ports of all containers together. */
export function warnPorts(spec: PodSpec, path: string): string[] {
  const all = containersOf(spec, path).flatMap(({ container, at }) =>
    (container.ports ?? []).map((port, index): PlacedPort => ({ port, at: `${at}.ports[${index}]` })),
  );
  if (all.length === 0) return [];
  const byNumber = new Map<string, PlacedPort[]>();
  const warnings: string[] = [];
  for (const placed of all) {
    const { port, at } = placed;
    if (port.hostIP && !port.hostPort) warnings.push(`${at}: hostIP set without hostPort: ${inGo(port)}`);
    const key = `${port.containerPort}/${port.protocol ?? ''}`;
    const others = byNumber.get(key) ?? [];
    for (const other of others) {
      const clash = clashOf(port, other.port);
      if (clash) warnings.push(`${at}: ${clash} port definition with ${other.at}`);
    }
    byNumber.set(key, [...others, placed]);
  }
  return [...warnings, ...warnNames(all)];
}

/** How two ports of the same number get in each other's way, if they do. */
function clashOf(port: ContainerPort, other: ContainerPort): string | undefined {
  const [hostPort, otherHostPort] = [port.hostPort ?? 0, other.hostPort ?? 0];
  const [hostIp, otherHostIp] = [port.hostIP ?? '', other.hostIP ?? ''];
  if (hostPort === otherHostPort && hostIp === otherHostIp) return 'duplicate';
  if (hostPort === 0 || otherHostPort === 0) return 'overlapping';
  const isOneOfAll = (hostIp === '') !== (otherHostIp === '');
  return hostPort === otherHostPort && isOneOfAll ? 'dangerously ambiguous' : undefined;
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
