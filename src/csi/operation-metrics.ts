// How long do the calls of a CSI driver take, and how do they end? Names, labels and buckets are upstream's.
// Source: csi-lib-utils/metrics; for `csi` pkg/volume/util/metrics.go.

import type { Labels, Metric } from '../base/metrics/exposition.ts';
import { Histogram } from '../base/metrics/histogram.ts';
import { RpcError } from './rpc-error.ts';

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600];

/** Who counts: controllers as sidecars do, a plugin for itself, or a node's agent as the kubelet does. */
export type CsiSubsystem = 'csi_sidecar' | 'csi_plugin' | 'csi';

/** The calls of one driver in one process. */
export class CsiOperationMetrics {
  readonly #subsystem: CsiSubsystem;
  readonly #driverName: string;
  readonly #durations = new Map<string, { labels: Labels; histogram: Histogram }>();

  constructor(subsystem: CsiSubsystem, driverName: string) {
    this.#subsystem = subsystem;
    this.#driverName = driverName;
  }

  /** `method` is its path: `/csi.v1.Node/NodeStageVolume`; `error` undefined if it succeeded. */
  ended(method: string, { seconds, error }: { seconds: number; error?: unknown }): void {
    const code = codeOf(error);
    const key = `${code} ${method}`;
    const series = this.#durations.get(key) ?? { labels: this.#labels(method, code), histogram: new Histogram(bounds) };
    this.#durations.set(key, series);
    series.histogram.observe(seconds);
  }

  metrics(): Metric[] {
    const samples = [...this.#durations.values()].flatMap(({ labels, histogram }) => histogram.samples(labels));
    const help = 'Duration of CSI operations, by the gRPC code they ended with';
    return [{ name: `${this.#subsystem}_operations_seconds`, help, type: 'histogram', samples }];
  }

  #labels(method: string, code: string): Labels {
    const labels = { driver_name: this.#driverName, grpc_status_code: code, method_name: method };
    return this.#subsystem === 'csi' ? { ...labels, migrated: 'false' } : labels;
  }
}

/** As Go's gRPC calls the codes: `DeadlineExceeded`. */
function codeOf(error: unknown): string {
  if (error === undefined) return 'OK';
  if (!(error instanceof RpcError)) return 'Unknown';
  if (error.code === 'CANCELLED') return 'Canceled';
  return error.code.replaceAll(/_?([A-Z])([A-Z]*)/g, (_, first: string, rest: string) => first + rest.toLowerCase());
}
