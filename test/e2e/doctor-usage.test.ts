// Does the doctor see how full the volumes of a running cluster are, and say why it can't see what a local cluster lacks?

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { quantityToNumber } from '../../src/apimachinery/quantity.ts';
import { persistentVolumeClaims, pods, serviceAccounts } from '../../src/apis/resources.ts';
import { program } from './demo-run.ts';
import { immediateClass, poll, runningCluster } from './running-cluster.ts';

const namespace = 'shop';
const running = runningCluster({ namespaces: [namespace], upOptions: [] });

interface Report {
  findings: { rule: string; sentence: string; subject: { kind: string; name: string } }[];
  rulesNotRun: { rule: string; reason: string }[];
}

async function doctor(...rules: string[]): Promise<Report> {
  const args = ['doctor', '-A', '--only', rules.join(','), '--fail-on', 'never', '-o', 'json'];
  const env = { ...process.env, KUBECONFIG: running.cluster.kubeconfig };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env });
  return JSON.parse(stdout) as Report;
}

test('a volume that fills up is found by what its kubelet says; what nobody can say here is not run, with the reason', async () => {
  const { client, signal, until } = running;
  await client.create(
    persistentVolumeClaims,
    {
      metadata: { name: 'data', namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: immediateClass,
        resources: { requests: { storage: '64Mi' } },
      },
    },
    signal,
  );
  await poll('the default service account', async (bounded) => {
    const { items } = await client.list(serviceAccounts, { namespace }, bounded);
    return items.some(({ metadata }) => metadata.name === 'default');
  });
  // A file system has its least size, whatever was asked for.
  const { status } = await until(
    persistentVolumeClaims,
    { namespace, name: 'data' },
    (claim) => claim.status?.phase === 'Bound',
  );
  const bytes = quantityToNumber(status?.capacity?.['storage'] ?? '0');
  const fill = `head -c ${bytes} /dev/zero > /data/rows; sleep 600`;
  await client.create(
    pods,
    {
      metadata: { name: 'db', namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'db',
            image: 'amarre.io/host',
            command: ['sh', '-c', fill],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    },
    signal,
  );
  await until(pods, { namespace, name: 'db' }, (pod) => pod.status?.phase === 'Running');
  let report: Report | undefined;
  await poll('the doctor to find the volume full', async () => {
    report = await doctor('C01', 'C02', 'C03', 'A08', 'M14');
    return report.findings.length > 0;
  });
  expect(report?.findings).toMatchObject([{ rule: 'C01', subject: { name: 'data' } }]);
  const reasons = new Map(report?.rulesNotRun.map(({ rule, reason }) => [rule, reason]));
  expect([...reasons.keys()].toSorted()).toEqual(['A08', 'C03', 'M14']);
  expect(reasons.get('C03')).toContain('no driver here shows its pools in the API');
  expect(reasons.get('M14')).toContain('the kubelets do not show their logs (node-1');
}, 180_000);
