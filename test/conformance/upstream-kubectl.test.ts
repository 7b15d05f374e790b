// Does kubectl print the same, and end with the same code? Scripts of its users run against a real kube-apiserver too.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { type Kubectl, type KubectlResult, kubectlFor } from '../fixtures/kubectl.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { kubectlCases } from './upstream/cases-kubectl.ts';

const why = await whyNoUpstream();
if (why) report(`kubectl is not run against upstream's server: ${why}`);

/** What no two servers, and no two runs of kubectl, have in common. Columns are as wide as what stands in them. */
function comparable(text: string, url: string): string {
  return text
    .replaceAll(url, '<server>')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, '<time>')
    .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>')
    .replace(/\b[EW]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+/g, '<log>')
    .replace(/(resource ?version\W{1,9})\d+/gi, '$1<revision>')
    .replace(/(Expected resource version to be \S+, was )\d+/g, '$1<revision>')
    .replace(/(?<![\w.-])(?:\d+m)?\d+(?:s|ms)(?![\w-])/g, '<age>')
    .replace(/\b10\.96\.\d+\.\d+\b/g, '<address>')
    .replace(/\/tmp\/\S*(?:LIVE|MERGED)-\d+/g, '<folder>')
    .replace(/\/tmp\/\S*-edit-\d+/g, '<file>')
    .replace(/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<random>')
    .replace(/-{2,}/g, '-')
    .replace(/ {2,}/g, ' ');
}

describe.skipIf(why)('kubectl 1.35', () => {
  let servers: BothServers;
  let work: string;
  let clients: { kubectl: Kubectl; url: string; name: string }[] = [];
  beforeAll(async () => {
    servers = await startBothServers();
    work = await mkdtemp(join(tmpdir(), 'upstream-kubectl-'));
    clients = await Promise.all(
      Object.entries(servers.urls).map(async ([name, url]) => ({
        name,
        url,
        kubectl: await kubectlFor(url, servers.identity, '1.35'),
      })),
    );
  });
  afterAll(async () => {
    await Promise.all(clients.map(({ kubectl }) => kubectl.dispose()));
    await servers?.stop();
    if (work) await rm(work, { recursive: true, force: true });
  });

  /** One step in the folder and the namespace of its case. */
  async function run({ kubectl, url, name }: (typeof clients)[number], script: string, namespace: string) {
    const cwd = join(work, name, namespace);
    await mkdir(cwd, { recursive: true });
    const { path, args, env } = kubectl.command;
    const words = [path, ...args, '--namespace', namespace].map((word) => `'${word}'`).join(' ');
    const text = `NS=${namespace}; k() { ${words} "$@"; }\n${script}`;
    const { code, stdout, stderr } = await new Promise<KubectlResult>((resolve) => {
      const child = execFile('bash', ['-c', text], { cwd, env, maxBuffer: 1e8, timeout: 60_000 }, (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout: out, stderr: err }),
      );
      child.stdin?.end();
    });
    return { script, code, stdout: comparable(stdout, url), stderr: comparable(stderr, url) };
  }

  test.each(kubectlCases.map((each, index) => ({ ...each, namespace: `kubectl-${index}` })))(
    '$name -> the same words and codes',
    async ({ steps, namespace }) => {
      await servers.both('POST /api/v1/namespaces', { metadata: { name: namespace } });
      for (const script of steps) {
        const [ours, upstream] = await Promise.all(clients.map((client) => run(client, script, namespace)));
        expect(ours).toEqual(upstream);
      }
    },
  );
});
