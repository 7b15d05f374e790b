// How are objects made of which something is said? Each is sent to be created, and not stored.

import type { Step } from './exchange.ts';

export type Fields = Record<string, unknown>;

export const inNamespace = '/api/v1/namespaces/{ns}';
export const labels = { app: 'a' };
export const anyZone = { key: 'failure-domain.beta.kubernetes.io/zone', operator: 'Exists' };

/** What a claim may ask for, and should not. */
export const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } };

export const container = (more: Fields = {}): Fields => ({ name: 'c', image: 'busybox:1', ...more });

export const podSpec = (spec: Fields): Fields => ({ containers: [container()], ...spec });

export const template = (spec: Fields, metadata: Fields = {}): Fields => ({
  metadata: { labels, ...metadata },
  spec: podSpec(spec),
});

/** One that is called `a` unless `metadata` names it. */
export const posted = (path: string, fields: Fields, metadata: Fields = {}): Step => [
  `POST ${path}?dryRun=All`,
  { metadata: { name: 'a', ...metadata }, ...fields },
];

export const appArmor = (profile: string): Fields => ({
  annotations: { 'container.apparmor.security.beta.kubernetes.io/c': profile },
});

export const seccomp = {
  annotations: {
    'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
    'container.seccomp.security.alpha.kubernetes.io/c': 'localhost/a',
  },
};
