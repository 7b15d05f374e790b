// How long do the calls of a CSI driver take, and how do they end? Names, labels and buckets are upstream's.
// Source: csi-lib-utils/metrics; for `csi` pkg/volume/util/metrics.go.

import type { Metric } from '../base/metrics/exposition.ts';
import { HistogramVector } from '../base/metrics/vectors.ts';
import { RpcError } from './rpc-error.ts';

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600];

/** Who counts: controllers as sidecars do, a plugin for itself, or a node's agent as the kubelet does. */
export type CsiSubsystem = 'csi_sidecar' | 'csi_plugin' | 'csi';

/** The calls of one driver in one process. */
export class CsiOperationMetrics {
  readonly #subsystem: CsiSubsystem;
  readonly #driverName: string;
  readonly #durations = new HistogramVector(bounds, 'driver_name', 'grpc_status_code', 'method_name');

  constructor(subsystem: CsiSubsystem, driverName: string) {
    this.#subsystem = subsystem;
    this.#driverName = driverName;
  }

  /** `method` is its path: `/csi.v1.Node/NodeStageVolume`; `error` undefined if it succeeded. */
  ended(method: string, { seconds, error }: { seconds: number; error?: unknown }): void {
    this.#durations.observe(seconds, this.#driverName, codeOf(error), method);
  }

  metrics(): Metric[] {
    const help = 'Duration of CSI operations, by the gRPC code they ended with';
    const metric = this.#durations.metric(`${this.#subsystem}_operations_seconds`, help);
    if (this.#subsystem !== 'csi') return [metric];
    // The kubelet's has one label more.
    const samples = metric.samples.map((sample) => ({ ...sample, labels: { ...sample.labels, migrated: 'false' } }));
    return [{ ...metric, samples }];
  }
}

/** As Go's gRPC calls the codes: `DeadlineExceeded`. */
function codeOf(error: unknown): string {
  if (error === undefined) return 'OK';
  if (!(error instanceof RpcError)) return 'unknown-non-grpc';
  if (error.code === 'CANCELLED') return 'Canceled';
  return error.code.replaceAll(/_?([A-Z])([A-Z]*)/g, (_, first: string, rest: string) => first + rest.toLowerCase());
}
