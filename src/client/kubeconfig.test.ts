import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { KubeconfigError, loadKubeconfig } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const contexts = [
  { name: 'local', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
  { name: 'lost', context: { cluster: 'gone', user: 'u' } },
];
const config = {
  'current-context': 'local',
  contexts,
  clusters: [
    { name: 'c', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('the ca') } },
  ],
  users: [{ name: 'u', user: { 'client-certificate-data': base64('the cert'), 'client-key': 'key.pem' } }],
};

async function write(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'key.pem'), 'the key');
  await writeFile(join(folder, 'config'), stringify(content));
  return join(folder, 'config');
}

test('kubeconfig with data and files -> server, identity and namespace', async () => {
  expect(await loadKubeconfig(await write(config))).toEqual({
    server: 'https://127.0.0.1:6443',
    others: [],
    identity: { ca: 'the ca', cert: 'the cert', key: 'the key' },
    namespace: 'shop',
  });
});

test.each<{ name: string; content: unknown; context?: string; want: string }>([
  { name: 'no such context -> says so', content: config, context: 'other', want: 'has no context "other"' },
  {
    name: 'context of a missing cluster -> says so',
    content: config,
    context: 'lost',
    want: 'has no server for cluster "gone"',
  },
  {
    name: 'user without certificate -> says so',
    content: { ...config, users: [{ name: 'u', user: {} }] },
    want: 'has neither client-certificate nor',
  },
])('kubeconfig: $name', async ({ content, context, want }) => {
  const loading = loadKubeconfig(await write(content), context);
  await expect(loading).rejects.toBeInstanceOf(KubeconfigError);
  await expect(loading).rejects.toThrow(want);
});
