// Does the built command look at a running cluster: where all is well, as a plugin of kubectl, and with no more rights than it asks for?

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { runningCluster } from './running-cluster.ts';

const running = runningCluster({ namespaces: ['shop'], upOptions: [] });
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await kubectlWith(running.cluster.kubeconfig);
});
afterAll(() => kubectl?.dispose());

interface Report {
  rulesNotRun: { rule: string; reason: string }[];
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command; codes other than 0 are answers too. */
function amarre(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, KUBECONFIG: running.cluster.kubeconfig, ...env }, maxBuffer: 1e8 };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await kubectl(args);
  if (code !== 0) throw new Error(`kubectl failed: ${stderr}`);
}

const namespace = 'shop';

test('a cluster where all is well -> nothing found, code 0', async () => {
  const { code, stdout } = await amarre(['doctor', '-A']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Findings: none.') as string });
});

test('kubectl amarre doctor -> the plugin answers as the command does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  try {
    await symlink(program, join(folder, 'kubectl-amarre'));
    const { path, env } = kubectl.command;
    const PATH = [folder, join(process.execPath, '..'), process.env['PATH']].join(delimiter);
    const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
      execFile(path, ['amarre', 'doctor', '-A'], { env: { ...env, PATH } }, (_, out) => resolve({ stdout: out }));
    });
    expect(stdout).toMatch(/^Looked at context amarre/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the role that it prints is all that it needs -> nothing is unread for lack of rights', async () => {
  const { stdout: role } = await amarre(['doctor', 'rbac']);
  expect((await kubectl(['apply', '-f', '-'], { input: role })).code).toBe(0);
  await run('create', 'clusterrolebinding', 'doctor', '--clusterrole=amarre-doctor', '--serviceaccount=shop:default');
  const { stdout: token } = await kubectl(['create', 'token', 'default', '-n', namespace]);
  const { stdout: config } = await kubectl(['config', 'view', '--raw', '-o', 'json']);
  const folder = await mkdtemp(join(tmpdir(), 'role-'));
  try {
    const parsed = JSON.parse(config) as { users: { user: object }[] };
    for (const each of parsed.users) each.user = { token: token.trim() };
    await writeFile(join(folder, 'config'), JSON.stringify(parsed));
    const { stdout } = await amarre(['doctor', '-A', '-o', 'json'], { KUBECONFIG: join(folder, 'config') });
    const { rulesNotRun } = JSON.parse(stdout) as Report;
    expect(rulesNotRun.filter(({ reason }) => /permission|forbidden/i.test(reason))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
