import { expect, test } from 'vitest';
import { shapeOf } from '../base/metrics/shape.fixture.ts';
import { metricsText } from '../base/metrics/exposition.ts';
import { CsiOperationMetrics, type CsiSubsystem } from './operation-metrics.ts';
import { RpcError } from './rpc-error.ts';

const method = '/csi.v1.Controller/CreateVolume';

test.each<{ name: string; error: unknown; want: string }>([
  { name: 'success', error: undefined, want: 'OK' },
  { name: 'two words', error: new RpcError('DEADLINE_EXCEEDED', 'late'), want: 'DeadlineExceeded' },
  { name: 'one word', error: new RpcError('INTERNAL', 'broken'), want: 'Internal' },
  { name: 'a word that Go spells otherwise', error: new RpcError('CANCELLED', 'enough'), want: 'Canceled' },
  { name: 'an error that nobody explained', error: new RpcError('UNKNOWN', 'odd'), want: 'Unknown' },
  { name: 'no gRPC error', error: new Error('odd'), want: 'unknown-non-grpc' },
])('a call ends: $name -> counted as $want', ({ error, want }) => {
  const metrics = new CsiOperationMetrics('csi_sidecar', 'local.csi.amarre.io');
  metrics.ended(method, { seconds: 0.3, error });
  const text = metricsText(metrics.metrics());
  const labels = `driver_name="local.csi.amarre.io",grpc_status_code="${want}",method_name="${method}"`;
  expect(text).toContain('# TYPE csi_sidecar_operations_seconds histogram');
  expect(text).toContain(`csi_sidecar_operations_seconds_bucket{${labels},le="0.25"} 0\n`);
  expect(text).toContain(`csi_sidecar_operations_seconds_bucket{${labels},le="0.5"} 1\n`);
  expect(text).toContain(`csi_sidecar_operations_seconds_count{${labels}} 1\n`);
});

test("a node's agent -> counts as the kubelet does, which tells migrated volumes apart", () => {
  const metrics = new CsiOperationMetrics('csi', 'd');
  metrics.ended(method, { seconds: 1 });
  expect(metricsText(metrics.metrics())).toContain(
    `csi_operations_seconds_count{driver_name="d",grpc_status_code="OK",method_name="${method}",migrated="false"} 1`,
  );
});

// Facts of csi-lib-utils v0.24.0, metrics/metrics.go; of `csi` Kubernetes 1.36.1, pkg/volume/util/metrics.go.
const bounds = '0.1 0.25 0.5 1 2.5 5 10 15 25 50 120 300 600 +Inf';
test.each<{ subsystem: CsiSubsystem; name: string; labels: string }>([
  {
    subsystem: 'csi_sidecar',
    name: 'csi_sidecar_operations_seconds',
    labels: 'driver_name grpc_status_code method_name',
  },
  {
    subsystem: 'csi_plugin',
    name: 'csi_plugin_operations_seconds',
    labels: 'driver_name grpc_status_code method_name',
  },
  { subsystem: 'csi', name: 'csi_operations_seconds', labels: 'driver_name grpc_status_code method_name migrated' },
])("$subsystem -> upstream's name, type, labels and buckets", ({ subsystem, name, labels }) => {
  const metrics = new CsiOperationMetrics(subsystem, 'd');
  metrics.ended(method, { seconds: 1 });
  expect(metrics.metrics().map(shapeOf)).toEqual([{ name, type: 'histogram', labels, bounds }]);
});
