// Which pods meet the level of their namespace? Under upstream's names. Source: k8s.io/pod-security-admission/metrics.

import type { Metric } from '../../base/metrics/exposition.ts';
import { CounterVector } from '../../base/metrics/vectors.ts';
import type { Mode } from '../admission/pod-security/policy.ts';

/** What was looked at. */
export interface Judged {
  /** `CREATE`. */
  operation: string;
  groupResource: string;
  subresource: string;
}

export interface Evaluation {
  mode: Mode;
  level: string;
  /** `latest`, `v1.30`, or `future`. */
  version: string;
  isAllowed: boolean;
}

/** The evaluations of one server. */
export class PodSecurityMetrics {
  readonly #evaluations = new CounterVector(
    'decision',
    'mode',
    'policy_level',
    'policy_version',
    'request_operation',
    'resource',
    'subresource',
  );
  readonly #errors = new CounterVector('fatal', 'request_operation', 'resource', 'subresource');

  /** A pod was held against a level. */
  evaluated(judged: Judged, { mode, level, version, isAllowed }: Evaluation): void {
    const decision = isAllowed ? 'allow' : 'deny';
    const { operation, groupResource, subresource } = judged;
    const kind = kindOf(groupResource);
    this.#evaluations.add(decision, mode, level, version, operation.toLowerCase(), kind, subresource);
  }

  /** The level could not be read: a stricter one stands in for it. */
  unread({ operation, groupResource, subresource }: Judged): void {
    this.#errors.add('false', operation.toLowerCase(), kindOf(groupResource), subresource);
  }

  metrics(): Metric[] {
    return [
      this.#evaluations.metric(
        'pod_security_evaluations_total',
        'Pods and templates held against a level, by decision.',
      ),
      this.#errors.metric('pod_security_errors_total', 'Pods and templates of namespaces whose level can not be read.'),
    ];
  }
}

function kindOf(groupResource: string): string {
  return groupResource === 'pods' ? 'pod' : 'controller';
}
