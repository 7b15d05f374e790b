import { expect, test } from 'vitest';
import { metricsText } from '../base/metrics/exposition.ts';
import { CsiOperationMetrics } from './operation-metrics.ts';
import { RpcError } from './rpc-error.ts';

const method = '/csi.v1.Controller/CreateVolume';

test.each<{ name: string; error: unknown; want: string }>([
  { name: 'success', error: undefined, want: 'OK' },
  { name: 'two words', error: new RpcError('DEADLINE_EXCEEDED', 'late'), want: 'DeadlineExceeded' },
  { name: 'one word', error: new RpcError('INTERNAL', 'broken'), want: 'Internal' },
  { name: 'a word that Go spells otherwise', error: new RpcError('CANCELLED', 'enough'), want: 'Canceled' },
  { name: 'no gRPC error', error: new Error('odd'), want: 'Unknown' },
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
