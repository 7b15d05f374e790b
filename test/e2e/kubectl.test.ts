// Does the real kubectl 1.34 reach real containers? logs, exec, wait, describe and watches, with their exit codes.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Followed, type Kubectl, type KubectlResult, kubectlWith } from '../fixtures/kubectl.ts';
import { poll, runningCluster } from './running-cluster.ts';

const namespace = 'kubectl';
const world = runningCluster({ namespaces: [namespace], upOptions: ['--pool-size', '1Gi'] });
let kubectl: Kubectl;
const started: ChildProcess[] = [];

beforeAll(async () => {
  kubectl = await kubectlWith(world.cluster.kubeconfig);
  await out(['apply', '-f', '-'], pod('main', 'echo started; sleep 1000'));
  await out(['wait', '--for=condition=Ready', 'pod/main', '--timeout=60s']);
}, 90_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await kubectl.dispose();
});

function pod(name: string, script: string, { restartPolicy = 'Never' } = {}): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  restartPolicy: ${restartPolicy}
  terminationGracePeriodSeconds: 0
  volumes: [{name: shared, emptyDir: {}}]
  containers:
  - name: main
    image: amarre.io/host
    command: [bash, -c, ${JSON.stringify(script)}]
    volumeMounts: [{name: shared, mountPath: /shared}]
`;
}

function run(args: string[], input?: string): Promise<KubectlResult> {
  const options = { timeoutMs: 90_000, ...(input !== undefined && { input }) };
  return kubectl(['--namespace', namespace, ...args], options);
}

/** Standard output of a command that must succeed. */
async function out(args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
}

const follow = (args: string[]): Followed => kubectl.follow(['--namespace', namespace, ...args]);

test.each<{ name: string; script: string; want: Partial<KubectlResult> }>([
  {
    name: 'both streams -> kept apart',
    script: 'echo one; echo two >&2',
    want: { code: 0, stdout: 'one\n', stderr: 'two\n' },
  },
  {
    name: 'a command that exits 7 -> kubectl exits 7',
    script: 'echo before; exit 7',
    want: { code: 7, stdout: 'before\n', stderr: expect.stringContaining('exit code 7') as string },
  },
  { name: 'a command that a signal ends -> 128 and the signal', script: 'kill -KILL $$', want: { code: 137 } },
])('exec: $name', async ({ script, want }) => {
  expect(await run(['exec', 'main', '--', 'bash', '-c', script])).toMatchObject(want);
});

test('exec -i: a megabyte through standard input -> every byte arrives, and its end', async () => {
  const input = Array.from({ length: 2 ** 17 }, (_, line) => line.toString(16).padStart(8, '0')).join('');
  const sum = createHash('sha256').update(input).digest('hex');
  expect(await out(['exec', '-i', 'main', '--', 'sha256sum'], input)).toBe(`${sum}  -\n`);
});

test('exec: what one command leaves -> the next one finds', async () => {
  await out(['exec', 'main', '--', 'bash', '-c', 'echo here >/shared/note']);
  expect(await out(['exec', 'main', '--', 'cat', '/shared/note'])).toBe('here\n');
});

test.each<{ name: string; args: string[]; says: string }>([
  { name: 'no such pod', args: ['exec', 'nobody', '--', 'true'], says: 'pods "nobody" not found' },
  { name: 'no such container', args: ['exec', 'main', '-c', 'other', '--', 'true'], says: 'other' },
  { name: 'no such program', args: ['exec', 'main', '--', '/no/such/program'], says: '/no/such/program' },
  { name: 'logs of no such pod', args: ['logs', 'nobody'], says: 'pods "nobody" not found' },
  { name: 'logs of an earlier container that never was', args: ['logs', 'main', '--previous'], says: 'previous' },
])('$name -> an error that says so', async ({ args, says }) => {
  const { code, stderr } = await run(args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(says);
});

/** kubectl on a terminal: `script` plays the person's. */
async function onTerminal(args: string[], input: string): Promise<{ code: number | null; shown: string }> {
  const { path, args: first, env } = kubectl.command;
  const words = [path, ...first, '--namespace', namespace, ...args];
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 91 rows 37; ${line}`, '/dev/null'], { env, stdio: 'pipe' });
  started.push(child);
  const shown = text(child.stdout);
  child.stdin.write(input);
  const [code] = (await once(child, 'exit')) as [number | null];
  child.stdin.destroy();
  return { code, shown: await shown };
}

test("exec -it -> a terminal as wide as the person's, and the exit code", async () => {
  const script =
    'test -t 0 -a -t 1 || exit 9; until stty size | grep -q "37 91"; do sleep 0.05; done; read x; echo "<$x>"; exit 5';
  const { code, shown } = await onTerminal(['exec', '-it', 'main', '--', 'bash', '-c', script], 'typed\n');
  expect(shown).toContain('<typed>');
  expect(code).toBe(5);
});

test('attach -i -> what is sent, the container reads; what it writes comes back at once', async () => {
  const manifest = pod('reader', 'while read line; do echo "got $line"; done; echo over').replace(
    '    command:',
    '    stdin: true\n    stdinOnce: true\n    command:',
  );
  await out(['apply', '-f', '-'], manifest);
  await out(['wait', '--for=condition=Ready', 'pod/reader', '--timeout=60s']);
  expect(await out(['attach', '-i', 'reader'], 'one\ntwo\n')).toBe('got one\ngot two\nover\n');
  await out(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/reader', '--timeout=60s']);
});

test('debug -> an ephemeral container that runs beside the others', async () => {
  const args = ['debug', 'main', '--image=amarre.io/host', '--container=look', '--', 'bash', '-c', 'echo looked'];
  await out(args);
  const exitCode = '{.status.ephemeralContainerStatuses[0].state.terminated.exitCode}';
  await poll(
    'the end of the look',
    async () => (await out(['get', 'pod', 'main', '-o', `jsonpath=${exitCode}`])) === '0',
  );
  expect(await out(['logs', 'main', '-c', 'look'])).toBe('looked\n');
  expect(await out(['get', 'pod', 'main', '-o', 'jsonpath={.status.phase}'])).toBe('Running');
});

test('patch --subresource resize -> the running container has what the patch says', async () => {
  const manifest = pod('sized', 'sleep 1000').replace(
    '    command:',
    '    resources: {requests: {cpu: 100m}, limits: {cpu: 200m, memory: 64Mi}}\n    command:',
  );
  await out(['apply', '-f', '-'], manifest);
  await out(['wait', '--for=condition=Ready', 'pod/sized', '--timeout=60s']);
  const patch = { spec: { containers: [{ name: 'main', resources: { limits: { cpu: '400m', memory: '128Mi' } } }] } };
  await out(['patch', 'pod', 'sized', '--subresource', 'resize', '-p', JSON.stringify(patch)]);
  const path = '{.status.containerStatuses[0].resources.limits.memory} {.status.containerStatuses[0].restartCount}';
  await poll(
    'the new limits',
    async () => (await out(['get', 'pod', 'sized', '-o', `jsonpath=${path}`])) === '128Mi 0',
  );
});

test('top -> what busy containers use, as a pod, per container and as a node', async () => {
  await out(['apply', '-f', '-'], pod('busy', 'while :; do :; done'));
  await out(['wait', '--for=condition=Ready', 'pod/busy', '--timeout=60s']);
  await poll('a measured rate', async () => {
    const { stdout } = await run(['top', 'pod', 'busy', '--no-headers']);
    return Number(/^busy +(\d+)m +\d+Mi/m.exec(stdout)?.[1] ?? 0) > 50;
  });
  expect(await out(['top', 'pod', 'busy', '--containers', '--no-headers'])).toMatch(/^busy +main +\d+m +\d+Mi/m);
  expect(await out(['top', 'nodes', '--no-headers'])).toMatch(/^node-1 +\d+m +\d+% +\d+Mi +\d+%/m);
  await out(['delete', 'pod', 'busy', '--now']);
});

test('logs -f: lines come while the container runs, and kubectl ends with it', async () => {
  await out(
    ['apply', '-f', '-'],
    pod('talker', 'echo first; until [ -e /shared/go ]; do sleep 0.05; done; echo last; exit 0'),
  );
  await out(['wait', '--for=condition=Ready', 'pod/talker', '--timeout=60s']);
  const following = follow(['logs', '-f', 'talker']);
  await poll('the first line', async () => following.printed() === 'first\n');
  await out(['exec', 'talker', '--', 'touch', '/shared/go']);
  expect(await following.ended).toBe('first\nlast\n');
  await out(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/talker', '--timeout=60s']);
  expect(await out(['logs', 'talker', '--tail=1'])).toBe('last\n');
  expect(await out(['logs', 'talker', '--timestamps', '--tail=1'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z last\n$/);
});

test('logs --previous: of the container before the restart', async () => {
  const script =
    'if [ -e /shared/again ]; then echo second; sleep 1000; else touch /shared/again; echo first; exit 3; fi';
  await out(['apply', '-f', '-'], pod('twice', script, { restartPolicy: 'Always' }));
  await out(['wait', '--for=jsonpath={.status.containerStatuses[0].restartCount}=1', 'pod/twice', '--timeout=60s']);
  await poll('the second line', async () => (await run(['logs', 'twice'])).stdout === 'second\n');
  expect(await out(['logs', 'twice', '--previous'])).toBe('first\n');
});

test('describe: the container, its node and its events', async () => {
  const described = await out(['describe', 'pod', 'main']);
  expect(described).toMatch(/^Node: +node-1\//m);
  expect(described).toMatch(/State: +Running/);
  expect(described).toMatch(/Normal +Started .*Started container main/);
});

test('get -w: a pod from its creation to its deletion', async () => {
  const watching = follow(['get', 'pods', '-w', '--output-watch-events', '-l', 'app=short', '--no-headers']);
  // A watch that has not begun yet would miss nothing: it lists first.
  await out(['apply', '-f', '-'], pod('short', 'sleep 1000'));
  await out(['wait', '--for=condition=Ready', 'pod/short', '--timeout=60s']);
  await out(['delete', 'pod', 'short']);
  await poll('the deletion', async () => /^DELETED +short /m.test(watching.printed()));
  watching.stop();
  const seen = watching
    .printed()
    .trim()
    .split('\n')
    .map((line) => line.split(/ +/));
  expect(seen.every(([, name]) => name === 'short')).toBe(true);
  expect(seen[0]?.[0]).toBe('ADDED');
  expect(seen.some(([type, , ready, status]) => type === 'MODIFIED' && ready === '1/1' && status === 'Running')).toBe(
    true,
  );
});

test('wait: for a deletion, and for what does not come', async () => {
  await out(['apply', '-f', '-'], pod('gone', 'sleep 1000'));
  // Of a pod that is gone before it looks, kubectl says nothing: the pod stays until it has looked.
  const finalizers = (names: string[] | null): string => JSON.stringify({ metadata: { finalizers: names } });
  await out(['patch', 'pod', 'gone', '--type=merge', '-p', finalizers(['test.example.com/stay'])]);
  await out(['delete', 'pod', 'gone', '--wait=false']);
  const waiting = follow(['wait', '--for=delete', 'pod/gone', '--timeout=60s', '--v=6']);
  await poll('kubectl to have looked', async () => /GET.*\/pods.*200/s.test(waiting.told()));
  await out(['patch', 'pod', 'gone', '--type=merge', '-p', finalizers(null)]);
  expect(await waiting.ended).toContain('condition met');
  const never = await run(['wait', '--for=jsonpath={.status.phase}=Failed', 'pod/main', '--timeout=1s']);
  expect(never).toMatchObject({ code: 1, stderr: expect.stringContaining('timed out') as string });
});
