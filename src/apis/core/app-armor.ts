// Which AppArmor profile does an annotation name, as older clients have it? Source: pkg/api/pod
// ApparmorFieldForAnnotation and applyAppArmorVersionSkew of pkg/registry/core/pod.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { AppArmorProfile, Pod } from './generated/v1.ts';
import { containersOf } from './placed-containers.ts';

/** With the name of a container behind it. */
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const profileMaxBytes = 4095;

/** The field that says the same as the annotation; undefined if none does. */
export function profileOfAnnotation(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const [, localhostProfile] = /^localhost\/(.+)$/s.exec(annotation) ?? [];
  return localhostProfile === undefined ? undefined : { type: 'Localhost', localhostProfile };
}

/** What is said of an annotation that is a field today. */
export function appArmorWarning(container: string, noteAt: string): string {
  return `${noteAt}[${appArmorPrefix}${container}]: deprecated since v1.30; use the "appArmorProfile" field instead`;
}

/** Puts the profiles that annotations of a new pod name into the fields of its containers. */
export function adoptProfiles({ metadata, spec }: Pod, warn: (text: string) => void): void {
  const { annotations } = metadata;
  if (!annotations || !spec || spec.os?.name === 'windows') return;
  const profileOfPod = spec.securityContext?.appArmorProfile;
  for (const { container } of containersOf(spec, '')) {
    const annotation = annotations[`${appArmorPrefix}${container.name}`];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = valid(profileOfAnnotation(annotation));
    if (profile && profileOfPod && jsonEqual(profile, profileOfPod)) continue;
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(appArmorWarning(container.name, 'metadata.annotations'));
  }
}

function valid(profile: AppArmorProfile | undefined): AppArmorProfile | undefined {
  const { localhostProfile: name = '' } = profile ?? {};
  return name === name.trim() && Buffer.byteLength(name) <= profileMaxBytes ? profile : undefined;
}
