// What else does the restricted level ask of a pod? Hardening as it is best practice.
// Source: k8s.io/pod-security-admission/policy, texts and sets as there.

import type { Container, Volume } from '../../../apis/core/generated/v1.ts';
import { procMountViolation, seccompSetBadly } from './baseline.ts';
import {
  type Check,
  containersOf,
  distinct,
  isRootContained,
  namesOf,
  type PodShape,
  plural,
  quoted,
  setters,
  type Violation,
} from './check.ts';

function allowPrivilegeEscalation(pod: PodShape): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${namesOf(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities(pod: PodShape): Violation | undefined {
  const containers = containersOf(pod);
  const keeping = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const added = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const adding = containers.filter((container) => added(container).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${namesOf(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${namesOf(adding)} must not include ${quoted(distinct(adding.flatMap(added)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

function restrictedVolumes({ spec }: PodShape): Violation | undefined {
  const typeOf = (volume: Volume): string => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.includes(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map(typeOf));
  const names = quoted(bad.map(({ name }) => name));
  const what = plural(types.length, 'restricted volume type', 'restricted volume types');
  return {
    reason: 'restricted volume types',
    detail: `${plural(bad.length, 'volume', 'volumes')} ${names} ${plural(bad.length, 'uses', 'use')} ${what} ${quoted(types)}`,
  };
}

function runAsNonRoot(pod: PodShape, minor: number): Violation | undefined {
  if (isRootContained(pod, minor)) return undefined;
  const own = pod.spec.securityContext?.runAsNonRoot;
  const containers = containersOf(pod);
  const asRoot = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const reason = 'runAsNonRoot != true';
  if (own === false || asRoot.length > 0)
    return { reason, detail: `${setters(own === false, asRoot)} must not set securityContext.runAsNonRoot=false` };
  const silent = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (own === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${namesOf(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: PodShape, minor: number): Violation | undefined {
  if (isRootContained(pod, minor)) return undefined;
  const isPodBad = pod.spec.securityContext?.runAsUser === 0;
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0);
  if (!isPodBad && bad.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(isPodBad, bad)} must not set runAsUser=0` };
}

function seccompProfile(pod: PodShape): Violation | undefined {
  const setBadly = seccompSetBadly(pod);
  if (setBadly || pod.spec.securityContext?.seccompProfile) return setBadly;
  const silent = containersOf(pod).filter(({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${namesOf(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
}

/** Since 1.25 what only Linux has is not asked of pods that say they are for Windows. */
const linuxOnly =
  (run: Check['run']): Check['run'] =>
  (pod, minor) =>
    minor >= 25 && pod.spec.os?.name === 'windows' ? undefined : run(pod, minor);

const restricted = (id: string, run: Check['run'], rest: { since: number; overrides?: string }): Check => ({
  id,
  level: 'restricted',
  run,
  ...rest,
});

/** In the order in which messages list them: by name. */
export const restrictedChecks: readonly Check[] = [
  restricted('allowPrivilegeEscalation', linuxOnly(allowPrivilegeEscalation), { since: 8 }),
  restricted('capabilities_restricted', linuxOnly(capabilities), { since: 22, overrides: 'capabilities_baseline' }),
  restricted('procMount_restricted', procMountViolation, { since: 35, overrides: 'procMount' }),
  restricted('restrictedVolumes', restrictedVolumes, { since: 0, overrides: 'hostPathVolumes' }),
  restricted('runAsNonRoot', runAsNonRoot, { since: 0 }),
  restricted('runAsUser', runAsUser, { since: 23 }),
  restricted('seccompProfile_restricted', linuxOnly(seccompProfile), {
    since: 19,
    overrides: 'seccompProfile_baseline',
  }),
];
