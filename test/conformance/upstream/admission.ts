// Of what are the cases of admission made? Each is prepared first: upstream's plugins learn of what is stored a moment later.

import { type Case, merge, type Step } from './exchange.ts';

export interface AdmissionCase extends Case {
  /** Sent before the steps. */
  prepared: Step[];
}

export const pods = '/api/v1/namespaces/{ns}/pods';
export const container = { name: 'c', image: 'i' };
export const secure = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

export interface PodParts {
  spec?: object;
  securityContext?: object;
  of?: object;
  metadata?: object;
}

export const pod = ({ spec, securityContext = secure, of, metadata }: PodParts): object => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ ...container, securityContext, ...of }], ...spec },
});
export const tried = (object: object, path = pods): Step => [`POST ${path}?dryRun=All`, object];
export const labelled = (labels: object): Step => ['PATCH /api/v1/namespaces/{ns}', { metadata: { labels } }, merge];
export const levels = (modes: Record<string, string>): Step =>
  labelled(
    Object.fromEntries(Object.entries(modes).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level])),
  );

export const deployment = (parts: PodParts): object => ({
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { ...pod({ ...parts, metadata: { name: '', labels: { a: 'b' } } }) },
  },
});
export const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';

export const requesting = (requests: object, limits: object = {}, more: object = {}): object =>
  pod({ of: { resources: { requests, limits } }, ...more });
export const claims = '/api/v1/namespaces/{ns}/persistentvolumeclaims';
export const claim = (storage: string, more: object = {}): object => ({
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...more },
});
