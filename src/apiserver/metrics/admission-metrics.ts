// How long does admission take, and whom does it refuse? By phase, by plugin and by webhook, under upstream's names.
// Source: apiserver/pkg/admission/metrics.

import type { Metric } from '../../base/metrics/exposition.ts';
import { CounterVector, HistogramVector } from '../../base/metrics/vectors.ts';
import { PodSecurityMetrics } from './pod-security-metrics.ts';

const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const webhookBounds = [...bounds, 10, 25];
/** Codes above are not told apart: a webhook may say what it likes. */
const codeMax = 600;

export interface Admitted {
  /** `CREATE`. */
  operation: string;
  seconds: number;
  isRejected: boolean;
}

export interface WebhookAnswered extends Admitted {
  name: string;
  type: 'admit' | 'validating';
  /** 200 if it said yes; that of the refusal; 0 if no refusal can be made of what went wrong. */
  code: number;
  /** Why it was a no. */
  errorType: 'no_error' | 'calling_webhook_error' | 'apiserver_internal_error';
}

type Phase = 'admit' | 'validate';

/** The admission of one server. */
export class AdmissionMetrics {
  readonly podSecurity = new PodSecurityMetrics();
  readonly #steps = new HistogramVector(bounds, 'operation', 'rejected', 'type');
  readonly #plugins = new HistogramVector(bounds, 'name', 'operation', 'rejected', 'type');
  readonly #webhooks = new HistogramVector(webhookBounds, 'name', 'operation', 'rejected', 'type');
  readonly #requests = new CounterVector('code', 'name', 'operation', 'rejected', 'type');
  readonly #rejections = new CounterVector('error_type', 'name', 'operation', 'rejection_code', 'type');
  readonly #failedOpen = new CounterVector('name', 'type');

  /** A phase is over. */
  phase(type: Phase, { operation, seconds, isRejected }: Admitted): void {
    this.#steps.observe(seconds, operation, isRejected ? 'true' : 'false', type);
  }

  /** A plugin has had its say. */
  plugin(name: string, type: Phase, { operation, seconds, isRejected }: Admitted): void {
    this.#plugins.observe(seconds, name, operation, isRejected ? 'true' : 'false', type);
  }

  /** A webhook was asked. */
  webhook({ name, type, code: given, errorType, operation, seconds, isRejected }: WebhookAnswered): void {
    const code = String(Math.min(given, codeMax));
    const rejected = isRejected ? 'true' : 'false';
    this.#webhooks.observe(seconds, name, operation, rejected, type);
    this.#requests.add(code, name, operation, rejected, type);
    if (isRejected) this.#rejections.add(errorType, name, operation, code, type);
  }

  /** A webhook could not be asked, and was not needed. */
  failedOpen(name: string, type: WebhookAnswered['type']): void {
    this.#failedOpen.add(name, type);
  }

  metrics(): Metric[] {
    const prefix = 'apiserver_admission';
    return [
      this.#steps.metric(`${prefix}_step_admission_duration_seconds`, 'Duration of each phase of admission.'),
      this.#plugins.metric(`${prefix}_controller_admission_duration_seconds`, 'Duration of each admission plugin.'),
      this.#webhooks.metric(`${prefix}_webhook_admission_duration_seconds`, 'Duration of each admission webhook.'),
      this.#requests.metric(`${prefix}_webhook_request_total`, 'Requests that admission webhooks were asked about.'),
      this.#rejections.metric(`${prefix}_webhook_rejection_count`, 'Requests that admission webhooks refused.'),
      this.#failedOpen.metric(
        `${prefix}_webhook_fail_open_count`,
        'Requests that went on although an admission webhook could not be asked.',
      ),
      ...this.podSecurity.metrics(),
    ].filter(({ samples }) => samples.length > 0);
  }
}
