// Which annotations of a pod are refused, and what may only pods have, not templates? Source: pkg/apis/core/validation
// ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields and validateContainerOnlyForPod.

import { forbidden, invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { appArmorPrefix } from './app-armor.ts';
import type { AppArmorProfile, Container, Pod, PodSpec, SeccompProfile } from './generated/v1.ts';
import { validateDescendingPath } from './paths.ts';
import { containersOf } from './placed-containers.ts';

/** Pods that mirror a static pod of their node carry it. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
export const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
/** With the name of a container behind it. */
export const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const int32Max = 2 ** 31 - 1;

type Annotations = Record<string, string>;

/** Causes against annotations with a meaning for the pod of `spec`. */
export function validatePodAnnotations(annotations: Annotations, spec: PodSpec, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName)
    causes.push(
      invalidValue(`${path}[${mirrorAnnotation}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set'),
    );
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost))
    causes.push(invalidValue(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'));
  for (const [key, profile] of Object.entries(annotations))
    if (key === seccompPod || key.startsWith(seccompPrefix)) causes.push(...seccompCauses(profile, `${path}.${key}`));
  const names = new Set(containersOf(spec, '').map(({ container }) => container.name));
  for (const [key, profile] of Object.entries(annotations)) {
    if (!key.startsWith(appArmorPrefix)) continue;
    const name = key.slice(appArmorPrefix.length);
    if (!names.has(name)) causes.push(invalidValue(`${path}[${key}]`, name, 'container not found'));
    if (!['', 'runtime/default', 'unconfined'].includes(profile) && !profile.startsWith('localhost/'))
      causes.push(
        invalidValue(`${path}[${key}]`, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`),
      );
  }
  return causes;
}

function isInt32(text: string): boolean {
  return /^(?:0|-?[1-9]\d*)$/.test(text) && Number(text) <= int32Max && Number(text) >= -int32Max - 1;
}

function seccompCauses(profile: string, field: string): StatusCause[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  if (profile.startsWith('localhost/')) return validateDescendingPath(profile.slice('localhost/'.length), field);
  return [invalidValue(field, profile, 'must be a valid seccomp profile')];
}

/** Causes against changes of annotations that tell the node how to run the pod. */
export function validatePodAnnotationUpdates({ metadata }: Pod, { metadata: old }: Pod, path: string): StatusCause[] {
  const [now, before] = [metadata.annotations ?? {}, old.annotations ?? {}];
  const told = (key: string): string | undefined => {
    if (key.startsWith(appArmorPrefix)) return 'AppArmor annotations';
    return key === mirrorAnnotation ? 'mirror pod annotation' : undefined;
  };
  const changed = Object.keys(before).filter((key) => now[key] !== before[key] && told(key));
  const added = Object.keys(now).filter((key) => !Object.hasOwn(before, key) && told(key));
  return [
    ...changed.map((key) => forbidden(`${path}[${key}]`, `may not remove or update ${told(key)}`)),
    ...added.map((key) => forbidden(`${path}[${key}]`, `may not add ${told(key)}`)),
  ];
}

/** Causes against profiles that an annotation and a field name differently. */
export function validateProfilesMatch(annotations: Annotations, spec: PodSpec, path: string): StatusCause[] {
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {};
  const causes = profileCauses(seccompProfile, {
    annotation: annotations[seccompPod],
    at: `${path}.securityContext.seccompProfile`,
    kind: 'seccomp',
  });
  const all = containersOf(spec, path);
  for (const { container, at } of all)
    causes.push(
      ...profileCauses(container.securityContext?.seccompProfile, {
        annotation: annotations[`${seccompPrefix}${container.name}`],
        at: `${at}.securityContext.seccompProfile`,
        kind: 'seccomp',
      }),
    );
  if (spec.os?.name === 'windows') return causes;
  for (const { container, at } of all)
    causes.push(
      ...profileCauses(container.securityContext?.appArmorProfile ?? appArmorProfile, {
        annotation: annotations[`${appArmorPrefix}${container.name}`],
        at: `${at}.securityContext.appArmorProfile`,
        kind: 'apparmor',
      }),
    );
  return causes;
}

interface NamedTwice {
  annotation: string | undefined;
  at: string;
  kind: 'seccomp' | 'apparmor';
}

function profileCauses(
  profile: SeccompProfile | AppArmorProfile | undefined,
  { annotation, at, kind }: NamedTwice,
): StatusCause[] {
  if (!profile || annotation === undefined) return [];
  const differs = [forbidden(`${at}.type`, `${kind} type in annotation and field must match`)];
  if (profile.type === 'Unconfined') return annotation === 'unconfined' ? [] : differs;
  if (profile.type === 'RuntimeDefault') {
    const isDefault = annotation === 'runtime/default' || (kind === 'seccomp' && annotation === 'docker/default');
    return isDefault ? [] : differs;
  }
  if (profile.type !== 'Localhost') return [];
  if (!annotation.startsWith('localhost/')) return differs;
  if (annotation.slice('localhost/'.length) === profile.localhostProfile) return [];
  return [forbidden(`${at}.localhostProfile`, `${kind} profile in annotation and field must match`)];
}

/** Causes against an image with space around it, which templates may have. */
export function validateImage({ image = '' }: Container, at: string): StatusCause[] {
  if (image === image.trim()) return [];
  return [invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace')];
}

/** Causes against what a template may have and a pod not. */
export function validateOnlyForPods(spec: PodSpec, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [volume, { projected }] of (spec.volumes ?? []).entries()) {
    for (const [source, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (spec.serviceAccountName || !serviceAccountToken) continue;
      const field = `${path}.volumes[${volume}].projected.sources[${source}].serviceAccountToken`;
      causes.push(forbidden(field, 'must not be specified when serviceAccountName is not set'));
    }
  }
  for (const list of ['containers', 'initContainers'] as const)
    for (const [index, container] of (spec[list] ?? []).entries())
      causes.push(...validateImage(container, `${path}.${list}[${index}]`));
  return causes;
}
