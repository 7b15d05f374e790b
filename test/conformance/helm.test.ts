// Does Helm work unchanged? A small chart with a custom resource: installed, changed, taken back and removed.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { helmPath, type Kubectl, kubectlFor } from '../fixtures/kubectl.ts';

const files: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: "9"\n',
  'values.yaml': 'colour: red\nextra: false\nport: 80\n',
  'crds/crates.yaml': `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crates.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Crate, plural: crates}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`,
  'templates/all.yaml': `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/managed-by: {{ .Release.Service }}}
data: {colour: {{ .Values.colour | quote }}, minor: {{ .Capabilities.KubeVersion.Minor | quote }}}
---
apiVersion: shop.example.com/v1
kind: Crate
metadata: {name: {{ .Release.Name }}}
spec: {size: {{ len .Values.colour }}}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: shop}, ports: [{port: {{ .Values.port }}}]}
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-extra}
{{- end }}
`,
  'templates/hook.yaml': `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {"helm.sh/hook": pre-install, "helm.sh/hook-delete-policy": before-hook-creation}
`,
};

let server: HttpsTestServer;
let kubectl: Kubectl;
let work: string;

beforeAll(async () => {
  const identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  kubectl = await kubectlFor(server.url, identities.admin);
  work = await mkdtemp(join(tmpdir(), 'amarre-helm-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(work, 'shop', name, '..'), { recursive: true });
    await writeFile(join(work, 'shop', name), text);
  }
});
afterAll(async () => {
  await kubectl.dispose();
  await server.stop();
  await rm(work, { recursive: true, force: true });
});

async function helm(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = await helmPath();
  const env = { ...kubectl.command.env, HELM_CACHE_HOME: work, HELM_CONFIG_HOME: work, HELM_DATA_HOME: work };
  return new Promise((resolve) => {
    execFile(path, ['--namespace', 'apps', ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const read = async (what: string, path: string): Promise<string> =>
  (await kubectl(['-n', 'apps', 'get', what, '-o', `jsonpath=${path}`])).stdout;

test('install, upgrade, rollback, uninstall -> each as it says, with its history', async () => {
  const chart = join(work, 'shop');
  const installed = await helm('install', 'first', chart, '--create-namespace', '--wait', '--timeout', '30s');
  expect(installed, installed.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/STATUS: deployed\n.*REVISION: 1\n/s) as string,
  });
  expect(await read('configmap/first', '{.data}')).toBe('{"colour":"red","minor":"36"}');
  expect(await read('crate/first', '{.spec.size}')).toBe('3');
  expect(await read('configmap/first-hook', '{.metadata.name}')).toBe('first-hook');
  expect((await helm('install', 'first', chart)).code).toBe(1);

  const upgraded = await helm('upgrade', 'first', chart, '--set', 'colour=green,extra=true');
  expect(upgraded, upgraded.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('REVISION: 2') as string,
  });
  expect(await read('configmap/first', '{.data.colour}')).toBe('green');
  expect(await read('configmap/first-extra', '{.metadata.name}')).toBe('first-extra');

  const back = await helm('rollback', 'first', '1');
  expect(back, back.stderr).toMatchObject({ code: 0 });
  expect(await read('configmap/first', '{.data.colour}')).toBe('red');
  expect((await kubectl(['-n', 'apps', 'get', 'configmap', 'first-extra'])).code).toBe(1);
  const history = JSON.parse((await helm('history', 'first', '-o', 'json')).stdout) as { status: string }[];
  expect(history.map(({ status }) => status)).toEqual(['superseded', 'superseded', 'deployed']);
  const list = JSON.parse((await helm('list', '-o', 'json')).stdout) as { name: string; revision: string }[];
  expect(list.map(({ name, revision }) => `${name} ${revision}`)).toEqual(['first 3']);

  const removed = await helm('uninstall', 'first');
  expect(removed, removed.stderr).toMatchObject({ code: 0, stdout: 'release "first" uninstalled\n' });
  for (const what of ['configmap/first', 'crate/first', 'service/first'])
    expect((await kubectl(['-n', 'apps', 'get', what])).code, what).toBe(1);
  expect((await helm('status', 'first')).code).toBe(1);
});

test('a value that the server refuses -> its reason, and a release that is marked failed', async () => {
  const refused = await helm('install', 'second', join(work, 'shop'), '--set', 'port=70000');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/Service "second" is invalid: \[spec\.ports\[0\]\.port: Invalid value: 70000/);
  expect((await helm('status', 'second')).stdout).toContain('STATUS: failed\n');
  expect(await helm('uninstall', 'second')).toMatchObject({ code: 0 });
});
