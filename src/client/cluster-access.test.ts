import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../base/system-clock.ts';
import { type ClusterAccess, loadClusterAccess } from './cluster-access.ts';
import { KubeconfigError } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const kubeconfig = (user: object, cluster: object = {}): object => ({
  'current-context': 'prod',
  contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://host:6443/k8s/', ...cluster } }],
  users: [{ name: 'u', user }],
});

/** Writes the files beside a token, a key and a credential plugin that prints `plugin`. */
async function load(
  files: unknown[],
  { context, plugin = '' }: { context?: string; plugin?: string } = {},
): Promise<ClusterAccess> {
  const folder = await mkdtemp(join(tmpdir(), 'access-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'from-file\n');
  await writeFile(join(folder, 'plugin.sh'), `#!/bin/sh\n${plugin}\n`);
  await chmod(join(folder, 'plugin.sh'), 0o700);
  const paths = await Promise.all(
    files.map(async (content, index) => {
      const path = join(folder, `config-${index}`);
      if (content !== undefined) await writeFile(path, stringify(content).replaceAll('FOLDER', folder));
      return path;
    }),
  );
  return loadClusterAccess({ paths, context }, systemClock, new AbortController().signal);
}

const exec = {
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'FOLDER/plugin.sh',
    args: ['a'],
    env: [{ name: 'WHO', value: 'jane' }],
  },
};

test.each<{ name: string; files: unknown[]; plugin?: string; want: Partial<ClusterAccess> }>([
  {
    name: 'a token',
    files: [kubeconfig({ token: 't' })],
    want: { context: 'prod', server: 'https://host:6443/k8s', namespace: 'shop', authorization: 'Bearer t', tls: {} },
  },
  {
    name: 'a file with a token',
    files: [kubeconfig({ tokenFile: 'token' })],
    want: { authorization: 'Bearer from-file' },
  },
  {
    name: 'name and password',
    files: [kubeconfig({ username: 'u', password: 'p' })],
    want: { authorization: `Basic ${base64('u:p')}` },
  },
  {
    name: 'certificates',
    files: [
      kubeconfig(
        { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
        { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'api' },
      ),
    ],
    want: { authorization: undefined, tls: { ca: 'ca', cert: 'cert', key: 'key', servername: 'api' } },
  },
  {
    name: 'no checks of the server',
    files: [kubeconfig({}, { 'insecure-skip-tls-verify': true })],
    want: { tls: { rejectUnauthorized: false } },
  },
  {
    name: 'a plugin with a token',
    files: [kubeconfig(exec)],
    plugin: `echo "{\\"status\\":{\\"token\\":\\"$WHO-$1\\"}}"`,
    want: { authorization: 'Bearer jane-a' },
  },
  {
    name: 'a plugin with a certificate',
    files: [kubeconfig(exec)],
    plugin: `echo '{"status":{"clientCertificateData":"c","clientKeyData":"k"}}'`,
    want: { tls: { cert: 'c', key: 'k' }, authorization: undefined },
  },
  {
    name: 'several files, the first that has it counts',
    files: [undefined, { 'current-context': 'prod' }, kubeconfig({ token: 'first' }), kubeconfig({ token: 'second' })],
    want: { authorization: 'Bearer first' },
  },
])('loadClusterAccess: $name', async ({ files, plugin, want }) => {
  expect(await load(files, plugin === undefined ? {} : { plugin })).toMatchObject(want);
});

test.each<{ name: string; files: unknown[]; context?: string; plugin?: string; want: RegExp }>([
  { name: 'no file', files: [undefined], want: /There is no kubeconfig at/ },
  { name: 'no such context', files: [kubeconfig({})], context: 'other', want: /has no context "other"/ },
  { name: 'no current context', files: [{}], want: /no current context; choose one with --context/ },
  { name: 'no YAML', files: [['\u0000']], want: /has no current context|Cannot read/ },
  {
    name: 'a file that is not there',
    files: [kubeconfig({ 'client-certificate': 'gone.pem' })],
    want: /Cannot read gone\.pem/,
  },
  {
    name: 'an old auth provider',
    files: [kubeconfig({ 'auth-provider': { name: 'gcp' } })],
    want: /"gcp", which kubectl dropped/,
  },
  {
    name: 'a plugin that fails',
    files: [kubeconfig(exec)],
    plugin: 'echo expired >&2; exit 3',
    want: /plugin .* failed: expired/,
  },
  {
    name: 'a plugin that says nothing useful',
    files: [kubeconfig(exec)],
    plugin: 'echo {}',
    want: /neither a token nor a certificate/,
  },
  {
    name: 'a plugin that prints no JSON',
    files: [kubeconfig(exec)],
    plugin: 'echo hello',
    want: /printed no JSON: hello/,
  },
  {
    name: 'a plugin that is not installed',
    files: [kubeconfig({ exec: { command: 'FOLDER/none' } })],
    want: /failed: .*ENOENT/,
  },
])('loadClusterAccess: $name -> says so', async ({ files, want, ...rest }) => {
  const loading = load(files, rest);
  await expect(loading).rejects.toBeInstanceOf(KubeconfigError);
  await expect(loading).rejects.toThrow(want);
});
