// How long does admission take, and whom does it refuse? By phase, by plugin and by webhook, under upstream's names.
// Source: apiserver/pkg/admission/metrics.

import type { Labels, Metric } from '../../base/metrics/exposition.ts';
import type { Histogram } from '../../base/metrics/histogram.ts';
import { CounterVector, HistogramVector } from '../../base/metrics/vectors.ts';

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

/** Series by name and operation. Each write tells of a dozen: they are found without a text of their labels. */
class KnownSeries {
  readonly #byName = new Map<string, Map<string, Histogram>>();

  get(name: string, operation: string): Histogram | undefined {
    return this.#byName.get(name)?.get(operation);
  }

  keep(name: string, operation: string, series: Histogram): Histogram {
    const known = this.#byName.get(name) ?? new Map<string, Histogram>();
    this.#byName.set(name, known.set(operation, series));
    return series;
  }
}

/** The admission of one server. */
export class AdmissionMetrics {
  /** Of phases and plugins that let a request through. */
  readonly #known = {
    steps: new KnownSeries(),
    plugins: { admit: new KnownSeries(), validate: new KnownSeries() },
  };
  readonly #steps = new HistogramVector(bounds);
  readonly #plugins = new HistogramVector(bounds);
  readonly #webhooks = new HistogramVector(webhookBounds);
  readonly #requests = new CounterVector();
  readonly #rejections = new CounterVector();
  readonly #failedOpen = new CounterVector();

  /** A phase is over. */
  phase(type: Phase, { operation, seconds, isRejected }: Admitted): void {
    const { steps } = this.#known;
    const series = (): Histogram => this.#steps.of({ ...labelsOf({ operation, isRejected }), type });
    if (isRejected) series().observe(seconds);
    else (steps.get(type, operation) ?? steps.keep(type, operation, series())).observe(seconds);
  }

  /** A plugin has had its say. */
  plugin(name: string, type: Phase, { operation, seconds, isRejected }: Admitted): void {
    const plugins = this.#known.plugins[type];
    const series = (): Histogram => this.#plugins.of({ name, ...labelsOf({ operation, isRejected }), type });
    if (isRejected) series().observe(seconds);
    else (plugins.get(name, operation) ?? plugins.keep(name, operation, series())).observe(seconds);
  }

  /** A webhook was asked. */
  webhook({ name, type, code: given, errorType, ...admitted }: WebhookAnswered): void {
    const code = Math.min(given, codeMax);
    const { operation, rejected } = labelsOf(admitted);
    this.#webhooks.observe({ name, operation, rejected, type }, admitted.seconds);
    this.#requests.add({ code: String(code), name, operation, rejected, type });
    if (admitted.isRejected)
      this.#rejections.add({ error_type: errorType, name, operation, rejection_code: String(code), type });
  }

  /** A webhook could not be asked, and was not needed. */
  failedOpen(name: string, type: WebhookAnswered['type']): void {
    this.#failedOpen.add({ name, type });
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
    ].filter(({ samples }) => samples.length > 0);
  }
}

function labelsOf({ operation, isRejected }: Pick<Admitted, 'operation' | 'isRejected'>): Labels & {
  operation: string;
  rejected: string;
} {
  return { operation, rejected: String(isRejected) };
}
