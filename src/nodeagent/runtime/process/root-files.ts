// Which files of the root are the container's own? /etc/passwd, /etc/group, /etc/hosts. Pure.

import type { ContainerUser } from '../types.ts';

/** `passwd` with an entry for the user if it has none, as CRI-O adds one. */
export function withUser(passwd: string, user: ContainerUser): string {
  if (hasId(passwd, user.uid)) return passwd;
  return `${ensureNewline(passwd)}user${user.uid}:x:${user.uid}:${user.gid}:container user:${user.home ?? '/'}:/bin/sh\n`;
}

/** `group` with an entry for each group of the user that it lacks. */
export function withGroups(group: string, user: ContainerUser): string {
  let text = ensureNewline(group);
  for (const gid of new Set([user.gid, ...user.supplementalGroups])) {
    if (!hasId(text, gid)) text += `group${gid}:x:${gid}:\n`;
  }
  return text;
}

/** Home folder of the user in `passwd`, if it has an entry. */
export function homeOf(passwd: string, uid: number): string | undefined {
  const entry = passwd.split('\n').find((line) => line.split(':')[2] === String(uid));
  return entry?.split(':')[5] || undefined;
}

/** The file that the kubelet writes for pods that don't bring their own. */
export function hostsFile(address: string, hostname: string): string {
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    `${address}\t${hostname}`,
    '',
  ].join('\n');
}

function hasId(text: string, id: number): boolean {
  return text.split('\n').some((line) => line.split(':')[2] === String(id));
}

function ensureNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
