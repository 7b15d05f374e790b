import { setMaxListeners } from 'node:events';
import { constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { freePort } from '../../base/free-port.ts';
import { boottimeMs } from '../../base/kernel-process.ts';
import { readMounts } from '../../base/mountinfo.ts';
import { randomBelow } from '../../base/random.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { askSupervisorMethod } from '../../fencing/methods/ask-supervisor.ts';
import type { ChildConfig } from '../config.ts';
import { mustRun } from '../runtime/program.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import { type NodeFixture, nodeFixture, shellContainer, until, whyNotPrivileged } from '../testing/node-fixture.ts';

const reason = await whyNotPrivileged();
if (reason) process.stderr.write(`skipped: supervisor with isolated containers: ${reason}\n`);

const { signal } = new AbortController();
// Many calls at once share it.
setMaxListeners(0, signal);
let node: NodeFixture;

beforeEach(async () => {
  node = await nodeFixture();
});
afterEach(() => node.dispose());

const find = async (id: string): Promise<ContainerRecord | undefined> =>
  (await node.client.list(signal)).find((one) => one.id === id);
// How long something sleeps is its name: no other program on the machine sleeps as long.
const nap = (): string => String(1e6 + randomBelow(systemRandom, 1e8));
const countNaps = (seconds: string): number =>
  readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && /^(\/bin\/)?sleep$/.test(commandLine(pid).replace(` ${seconds}`, '')),
  ).length;
const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return '';
  }
};

describe.skipIf(reason)('supervisor with isolated containers', () => {
  test('a container -> runs with its user, variables and mounts, and its output is a CRI log', async () => {
    await node.start();
    const volume = join(node.dir, 'volume');
    await mkdir(volume);
    await chmod(volume, 0o777);
    const logPath = join(node.nodeDir, 'logs/main/0.log');
    const script =
      'id -u; echo "$GREETING"; echo kept > /data/deep/file; echo to-stderr >&2; cat /etc/hostname; whoami; tr "\\0" "\\n" < /proc/$$/environ; exit 3';
    const record = await node.client.start(
      shellContainer(script, {
        logPath,
        speaksByLog: true,
        env: { GREETING: 'it\'s "me"', 'a.b-c': 'dotted', IFS: 'x' },
        user: { uid: 1234, gid: 1234, supplementalGroups: [] },
        mounts: [{ hostPath: volume, containerPath: '/data/deep', readOnly: false }],
      }),
      signal,
    );
    await until(async () => (await find(record.id))?.state === 'exited');
    const log = await readFile(logPath, 'utf8');
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F 1234$/m);
    expect(log).toContain('stdout F it\'s "me"');
    expect(log).toContain('stderr F to-stderr');
    expect(log).toContain('stdout F web-0');
    expect(log).toContain('stdout F user1234');
    // No shell on the way may lose or change them.
    expect(log).toContain('stdout F a.b-c=dotted');
    expect(log).toContain('stdout F IFS=x');
    expect(await readFile(join(volume, 'file'), 'utf8')).toBe('kept\n');
    const message = expect.stringContaining('it\'s "me"\n') as string;
    expect(await find(record.id)).toMatchObject({ exitCode: 3, reason: 'Error', message });
    await until(async () => !(await readMounts()).some((mount) => mount.mountPoint.startsWith(node.dir)));
  });

  test.each([
    { name: 'another image -> ErrImageNeverPull', changes: { image: 'nginx:1' }, want: 'ErrImageNeverPull' },
    { name: 'no command -> CreateContainerError', changes: { argv: [] }, want: 'CreateContainerError' },
    {
      name: 'a mount without source -> CreateContainerError',
      changes: { mounts: [{ hostPath: '/nowhere', containerPath: '/x', readOnly: false }] },
      want: 'CreateContainerError',
    },
  ])('$name', async ({ changes, want }) => {
    await node.start();
    await expect(node.client.start(shellContainer('true', changes), signal)).rejects.toMatchObject({ reason: want });
  });

  test('a command that ends at once -> it has run, with its own exit code, however often', async () => {
    await node.start();
    const starts = Array.from({ length: 20 }, (_, index) =>
      node.client.start(
        shellContainer(`exit ${index % 3}`, { name: `c${index}`, logPath: join(node.dir, `${index}.log`) }),
        signal,
      ),
    );
    await Promise.all(starts);
    await until(async () => (await node.client.list(signal)).every((one) => one.state === 'exited'));
    const ends = (await node.client.list(signal)).map(({ name, exitCode }) => `${name} ${exitCode}`).sort();
    expect(ends).toEqual(starts.map((_, index) => `c${index} ${index % 3}`).sort());
  });

  test('stop with grace -> SIGTERM first, SIGKILL for who ignores it', async () => {
    await node.start();
    const polite = await node.client.start(
      shellContainer('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done', {
        name: 'polite',
        logPath: join(node.dir, 'a.log'),
      }),
      signal,
    );
    const deaf = await node.client.start(
      shellContainer('trap "" TERM; echo ready; while :; do sleep 0.05; done', {
        name: 'deaf',
        logPath: join(node.dir, 'b.log'),
      }),
      signal,
    );
    // Both must have set their traps.
    for (const name of ['a.log', 'b.log'])
      await until(async () => (await readFile(join(node.dir, name), 'utf8')).includes('ready'));
    await node.client.stop(polite.id, 5_000, signal);
    await node.client.stop(deaf.id, 300, signal);
    await until(async () => (await node.client.list(signal)).every((one) => one.state === 'exited'));
    expect(await find(polite.id)).toMatchObject({ exitCode: 7 });
    expect(await find(deaf.id)).toMatchObject({ exitCode: 137 });
  });

  test('exec -> output, exit code, input, and a session that dies with its container', async () => {
    await node.start();
    const record = await node.client.start(
      shellContainer('sleep 1000', { logPath: join(node.dir, 'a.log'), env: { WHERE: 'inside' } }),
      signal,
    );
    const session = await node.client.exec(
      { containerId: record.id, argv: ['sh', '-c', 'read line; echo "$WHERE $line"; exit 5'], tty: false, stdin: true },
      signal,
    );
    session.stdin.end('hello\n');
    let text = '';
    for await (const chunk of session.stdout) text += String(chunk);
    expect(text).toBe('inside hello\n');
    expect(await session.exited).toBe(5);

    const seconds = nap();
    const endless = await node.client.exec(
      { containerId: record.id, argv: ['sleep', seconds], tty: false, stdin: false },
      signal,
    );
    await until(() => countNaps(seconds) > 0);
    await node.client.stop(record.id, 0, signal);
    await endless.exited;
    expect(countNaps(seconds)).toBe(0);
    await until(async () => (await find(record.id))?.state === 'exited');
    await expect(
      node.client.exec({ containerId: record.id, argv: ['true'], tty: false, stdin: false }, signal),
    ).rejects.toThrow('not running');
  });

  test('exec on a terminal -> it is one, of the size that the client says, and Ctrl-D ends the input', async () => {
    await node.start();
    const record = await node.client.start(shellContainer('sleep 1000', { logPath: join(node.dir, 'a.log') }), signal);
    // Every size that comes is told; the last line that is typed ends it.
    const script = `trap 'stty size' WINCH; test -t 0 -a -t 1 -a -t 2 && echo terminal; while :; do read line && break; done; cat; exit 6`;
    const session = await node.client.exec(
      { containerId: record.id, argv: ['sh', '-c', script], tty: true, stdin: true },
      signal,
    );
    let text = '';
    session.stdout.on('data', (chunk) => (text += String(chunk)));
    await until(() => text.includes('terminal'));
    session.resize?.({ columns: 132, rows: 43 });
    await until(() => text.includes('43 132'));
    session.stdin.write('go\n');
    session.stdin.end('echoed\n');
    expect(await session.exited).toBe(6);
    // Once by the terminal, once by cat.
    expect(text.match(/echoed/g)).toHaveLength(2);
  });

  test('exec on a terminal, killed -> nothing of it is left', async () => {
    await node.start();
    const record = await node.client.start(shellContainer('sleep 1000', { logPath: join(node.dir, 'a.log') }), signal);
    const seconds = nap();
    const session = await node.client.exec(
      { containerId: record.id, argv: ['sleep', seconds], tty: true, stdin: true },
      signal,
    );
    await until(() => countNaps(seconds) > 0);
    session.kill();
    expect(await session.exited).toBe(137);
    await until(() => countNaps(seconds) === 0);
  });

  test.each([
    { name: 'pipes', tty: false, want: { stdout: 'got one\ngot two\n', stderr: 'over\n' } },
    // A terminal shows what is typed, and has no standard error of its own.
    {
      name: 'a terminal',
      tty: true,
      want: { stdout: expect.stringMatching(/got one\r\n[^]*got two\r\n[^]*over\r\n$/), stderr: '' },
    },
  ])(
    'attach through $name -> input in its order, live output, the exit code; the log has it too',
    async ({ tty, want }) => {
      await node.start();
      const logPath = join(node.dir, 'a.log');
      const script = 'while read line; do echo "got $line"; done; echo over >&2; exit 4';
      const record = await node.client.start(
        shellContainer(script, { stdin: true, stdinOnce: true, tty, logPath }),
        signal,
      );
      const session = await node.client.attach(record.id, { stdin: true }, signal);
      const said = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        session[name].on('data', (chunk) => (said[name] += String(chunk)));
      session.stdin?.write('one\n');
      await until(() => said.stdout.includes('got one'));
      session.stdin?.end('two\n');
      expect(await session.exited).toBe(4);
      await until(() => session.stdout.readable === false);
      expect(said).toEqual(want);
      await until(async () => (await find(record.id))?.state === 'exited');
      expect(await readFile(logPath, 'utf8')).toContain('got two');
    },
  );

  test('attach, left and joined again -> the container goes on, and its input is not over', async () => {
    await node.start();
    const record = await node.client.start(
      shellContainer('while read line; do echo "got $line"; done; exit 4', {
        stdin: true,
        logPath: join(node.dir, 'a.log'),
      }),
      signal,
    );
    const listen = async (word: string): Promise<void> => {
      const session = await node.client.attach(record.id, { stdin: true }, signal);
      let text = '';
      session.stdout.on('data', (chunk) => (text += String(chunk)));
      session.stdin?.write(`${word}\n`);
      await until(() => text.includes(`got ${word}`));
      session.detach();
      expect(await session.exited).toBeUndefined();
    };
    await listen('one');
    await listen('two');
    expect((await find(record.id))?.state).toBe('running');
    await node.client.stop(record.id, 0, signal);
    await until(async () => (await find(record.id))?.state === 'exited');
    await expect(node.client.attach(record.id, { stdin: false }, signal)).rejects.toThrow('not running');
  });

  test('usage -> the CPU time of a busy container grows, that of an idle one hardly; both hold memory', async () => {
    await node.start();
    const [busy, idle] = [
      await node.client.start(
        shellContainer('while :; do :; done', { name: 'busy', logPath: join(node.dir, 'a.log') }),
        signal,
      ),
      await node.client.start(shellContainer('sleep 1000', { name: 'idle', logPath: join(node.dir, 'b.log') }), signal),
    ];
    const usageOf = async (id: string) => (await node.client.usage(signal)).find((each) => each.id === id);
    const before = (await usageOf(busy.id))?.cpuNanos ?? 0;
    await until(async () => ((await usageOf(busy.id))?.cpuNanos ?? 0) >= before + 200_000_000);
    expect((await usageOf(idle.id))?.cpuNanos).toBeLessThan(200_000_000);
    for (const { id } of [busy, idle]) expect((await usageOf(id))?.memoryBytes).toBeGreaterThan(10_000);
    await node.client.stop(busy.id, 0, signal);
    await until(async () => (await usageOf(busy.id)) === undefined);
  });

  test('other limits -> the kernel holds the running container to them, where it can', async () => {
    await node.start();
    const logPath = join(node.dir, 'a.log');
    const spec = shellContainer('sleep 1000', { limits: { memoryBytes: 64 << 20 }, logPath });
    const { id } = await node.client.start(spec, signal);
    const limits = { memoryBytes: 128 << 20 };
    expect(await node.client.setLimits(id, limits, signal)).toMatchObject({ id, limits });
    expect(await find(id)).toMatchObject({ limits });
    const { limits: kinds } = await node.client.describe(signal);
    if (!kinds.includes('memory')) return;
    const file = await readFile(`/proc/self/cgroup`, 'utf8');
    const own = /^\d+:memory:(.*)$/m.exec(file)?.[1];
    const paths = [
      join(node.config.cgroupPath ?? '', 'containers', id, 'memory.max'),
      join('/sys/fs/cgroup/memory', own ?? '', `amarre-${id}`, 'memory.limit_in_bytes'),
    ];
    const found = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
    expect(found.join('').trim()).toBe(String(128 << 20));
  });

  test('a limit for a container that ran without one -> it and its processes are held to it', async () => {
    await node.start();
    const logPath = join(node.dir, 'a.log');
    const { id } = await node.client.start(
      shellContainer('sleep 1000 & sleep 1000 & wait', { limits: {}, logPath }),
      signal,
    );
    const { limits: kinds } = await node.client.describe(signal);
    if (!kinds.includes('pids')) return;
    await node.client.setLimits(id, { pids: 50 }, signal);
    const own = /^\d+:pids:(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1];
    const folders = [
      join(node.config.cgroupPath ?? '', 'containers', id),
      join('/sys/fs/cgroup/pids', own ?? '', `amarre-${id}`),
    ];
    const read = async (file: string): Promise<string> =>
      (await Promise.all(folders.map((folder) => readFile(join(folder, file), 'utf8').catch(() => '')))).join('');
    expect((await read('pids.max')).trim()).toBe('50');
    const commands = await Promise.all(
      (await readFile(join(folders[1] ?? '', 'cgroup.procs'), 'utf8').catch(() => read('cgroup.procs')))
        .split('\n')
        .filter(Boolean)
        .map((pid) => readFile(`/proc/${pid}/comm`, 'utf8')),
    );
    expect(commands.filter((command) => command === 'sleep\n')).toHaveLength(2);
  });

  test('SIGKILL of the supervisor -> every process of its pods and its children is gone; the next boot has another ID', async () => {
    const [ofChild, ofPod] = [nap(), nap()];
    const child = { name: 'agent', argv: ['/bin/sleep', ofChild] as [string, ...string[]] };
    await node.start({ children: [child] });
    const first = (await node.client.info(signal)).bootID;
    await node.client.start(
      shellContainer(`for i in 1 2 3; do setsid sleep ${ofPod} & done; wait`, { logPath: join(node.dir, 'a.log') }),
      signal,
    );
    await until(() => countNaps(ofPod) === 3 && countNaps(ofChild) === 1);
    node.supervisor().kill('SIGKILL');
    await until(() => countNaps(ofPod) === 0 && countNaps(ofChild) === 0);
    await node.start();
    expect((await node.client.info(signal)).bootID).not.toBe(first);
    expect(await node.client.list(signal)).toEqual([]);
    expect((await readMounts()).filter((mount) => mount.mountPoint.startsWith(node.dir))).toEqual([]);
  });

  test('a child that dies -> is started again', async () => {
    await node.start({ children: [{ name: 'agent', argv: ['/bin/sleep', nap()] }] });
    await until(async () => (await node.client.info(signal)).children[0]?.pid !== undefined);
    const { pid } = (await node.client.info(signal)).children[0]!;
    process.kill(pid!, 'SIGKILL');
    await until(async () => ((await node.client.info(signal)).children[0]?.pid ?? pid) !== pid);
  });

  test('a lost agent connection -> a new one finds the container and hears how it ends', async () => {
    await node.start();
    const volume = join(node.dir, 'volume');
    await mkdir(volume);
    const record = await node.client.start(
      shellContainer('until [ -e /data/go ]; do sleep 0.01; done; exit 9', {
        logPath: join(node.dir, 'a.log'),
        labels: { hash: 'x' },
        mounts: [{ hostPath: volume, containerPath: '/data', readOnly: true }],
      }),
      signal,
    );
    for await (const event of node.client.events(signal)) {
      if (event.type === 'snapshot') {
        expect(event.containers).toMatchObject([{ id: record.id, labels: { hash: 'x' } }]);
        await writeFile(join(volume, 'go'), '');
      }
      if (event.type === 'container' && event.container.state === 'exited') {
        expect(event.container.exitCode).toBe(9);
        break;
      }
    }
  });

  test("the dead-man's deadline passes -> supervisor and pods are gone, even while it is stopped", async () => {
    await node.start({ deadMan: true });
    const seconds = nap();
    await node.client.start(shellContainer(`sleep ${seconds}`, { logPath: join(node.dir, 'a.log') }), signal);
    await until(() => countNaps(seconds) === 1);
    // On a machine that is busy enough the deadline comes before the answer.
    await node.client.pet(boottimeMs() + 600, signal).catch(() => {});
    node.supervisor().kill('SIGSTOP');
    await until(() => countNaps(seconds) === 0);
  });
});

describe.skipIf(reason)('supervisor without root', () => {
  const uid = 12_345;
  const unprivileged = { cgroupPath: undefined };

  test.each([
    {
      mode: 'userns',
      user: 'uid=999',
      name: 'user namespaces -> own user, own PID namespace, volume bound at a path that the host has not',
    },
    {
      mode: 'plain',
      user: 'uid=12345',
      name: 'plain processes -> the same command, its paths rewritten to the volume',
    },
  ] as const)('$name', async ({ mode, user }) => {
    await node.start({ ...unprivileged, mode }, uid);
    expect((await node.client.info(signal)).runtime.mode).toBe(mode);
    const volume = join(node.dir, 'volume');
    await mkdir(volume);
    await chown(volume, uid, uid);
    const seconds = nap();
    const spec = shellContainer(`id; echo kept > /var/lib/none/data/file; sleep ${seconds}`, {
      logPath: join(node.dir, 'a.log'),
      user: { uid: 999, gid: 999, supplementalGroups: [] },
      mounts: [{ hostPath: volume, containerPath: '/var/lib/none/data', readOnly: false }],
    });
    const record = await node.client.start(spec, signal);
    await until(async () => (await readFile(join(volume, 'file'), 'utf8').catch(() => '')) === 'kept\n');
    await until(async () => (await readFile(record.logPath, 'utf8')).includes(user));
    await node.client.stop(record.id, 0, signal);
    await until(async () => (await find(record.id))?.state === 'exited');
    expect(countNaps(seconds)).toBe(0);
  });
});

describe.skipIf(reason)('fence', () => {
  const options = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };

  async function startFenced(children: ChildConfig[] = []) {
    const port = await freePort();
    const authority = await createAuthority('ca', options);
    const tls = await issueCertificate(
      authority,
      { commonName: 'system:node:node-1', ipAddresses: ['127.0.0.1'], usages: ['server', 'client'] },
      options,
    );
    const masters = await issueCertificate(
      authority,
      { commonName: 'c', organizations: ['system:masters'], usages: ['client'] },
      options,
    );
    await node.start({ fence: { port, tls }, children });
    const ask = (identity: typeof masters) =>
      askSupervisorMethod({ identity, clock: systemClock, timeoutMs: 60_000, port });
    return { asMaster: ask(masters), asNode: ask(tls) };
  }

  test('a volume in use -> its pod is killed, unmounted, and kept from starting with that attachment', async () => {
    const { asMaster, asNode } = await startFenced();
    const staging = join(node.nodeDir, 'plugins/staging');
    const publish = join(node.nodeDir, 'pods/pod-1/mount');
    for (const path of [staging, publish]) await mkdir(path, { recursive: true });
    await node.client.holdVolume(
      { podUID: 'pod-1', volumeHandle: 'vol-1', epoch: 4, stagingPath: staging, publishPath: publish },
      signal,
    );
    await mustRun(['mount', '-t', 'tmpfs', 'amarre-test', staging], { signal });
    await mustRun(['mount', '--bind', staging, publish], { signal });
    const spec = shellContainer('while :; do echo x >> /data/file; done', {
      logPath: join(node.dir, 'a.log'),
      volumes: [{ volumeHandle: 'vol-1', epoch: 4 }],
      mounts: [{ hostPath: publish, containerPath: '/data', readOnly: false }],
    });
    const record = await node.client.start(spec, signal);
    const other = await node.client.start(
      shellContainer('sleep 100', { podUID: 'pod-2', logPath: join(node.dir, 'b.log') }),
      signal,
    );

    await expect(asNode('127.0.0.1', { nonce: 'n', volumeHandles: ['vol-1'] }, signal)).rejects.toThrow();
    const answer = await asMaster('127.0.0.1', { nonce: 'n1', volumeHandles: ['vol-1'] }, signal);

    expect(answer).toMatchObject({
      nonce: 'n1',
      volumes: [{ volumeHandle: 'vol-1', podUIDs: ['pod-1'], processTreeEmpty: true, unmounted: true }],
    });
    expect(answer.bootID).toBe(
      (JSON.parse(readFileSync(join(node.nodeDir, 'boot.json'), 'utf8')) as { bootID: string }).bootID,
    );
    expect(await find(record.id)).toMatchObject({ state: 'exited', reason: 'Fenced' });
    expect(await find(other.id)).toMatchObject({ state: 'running' });
    expect((await readMounts()).filter((mount) => mount.mountPoint.startsWith(node.nodeDir))).toEqual([]);
    await expect(node.client.start({ ...spec, attempt: 1 }, signal)).rejects.toMatchObject({ reason: 'VolumeFenced' });
    await writeFile(join(publish, 'unused'), '');
    const newer = await node.client.start(
      { ...spec, attempt: 2, volumes: [{ volumeHandle: 'vol-1', epoch: 5 }] },
      signal,
    );
    expect(newer.state).toBe('running');
  });

  test('a volume that is unpublished but still staged -> unmounted before the answer', async () => {
    const { asMaster } = await startFenced();
    const staging = join(node.nodeDir, 'plugins/staging');
    await mkdir(staging, { recursive: true });
    await node.client.holdVolume(
      { podUID: 'p', volumeHandle: 'vol-1', epoch: 1, stagingPath: staging, publishPath: '/p' },
      signal,
    );
    await mustRun(['mount', '-t', 'tmpfs', 'amarre-test', staging], { signal });
    await node.client.releaseVolume({ podUID: 'p', volumeHandle: 'vol-1' }, signal);
    await asMaster('127.0.0.1', { nonce: 'n', volumeHandles: ['vol-1'] }, signal);
    expect((await readMounts()).filter((mount) => mount.mountPoint.startsWith(node.nodeDir))).toEqual([]);
  });

  test('a mount that is under way -> whoever mounts is gone before the answer', async () => {
    const staging = join(node.nodeDir, 'plugins/staging');
    const order = join(node.dir, 'order');
    const began = join(node.dir, 'began');
    await mkdir(staging, { recursive: true });
    await mustRun(['mkfifo', order], { signal });
    // Mounts when it is told to, in a process of its own; started again it does nothing.
    const mounter = `[ -e ${began} ] && exec sleep 100; touch ${began}; (read x < ${order}; mount -t tmpfs amarre-test ${staging}) & wait`;
    const { asMaster } = await startFenced([{ name: 'csi-node', argv: ['/bin/sh', '-c', mounter] }]);
    await until(async () => existsSync(began));
    await node.client.holdVolume(
      { podUID: 'p', volumeHandle: 'vol-1', epoch: 1, stagingPath: staging, publishPath: join(node.nodeDir, 'none') },
      signal,
    );
    await asMaster('127.0.0.1', { nonce: 'n', volumeHandles: ['vol-1'] }, signal);
    // A pipe that nobody reads can't be opened for writing without waiting.
    await expect(open(order, constants.O_WRONLY | constants.O_NONBLOCK)).rejects.toMatchObject({ code: 'ENXIO' });
    await until(async () => (await node.client.info(signal)).children[0]?.restarts === 1);
  });

  test('a volume attached to an earlier boot -> not held, so never mounted', async () => {
    await node.start();
    const hold = { podUID: 'p', volumeHandle: 'v', epoch: 1, stagingPath: '/s', publishPath: '/p' };
    const { bootID } = await node.client.info(signal);
    await expect(node.client.holdVolume({ ...hold, attachedAtBootID: 'an earlier one' }, signal)).rejects.toMatchObject(
      {
        reason: 'EarlierBoot',
      },
    );
    await node.client.holdVolume({ ...hold, attachedAtBootID: bootID }, signal);
  });

  test('a volume that no pod has used -> a tombstone only for a named epoch', async () => {
    const { asMaster } = await startFenced();
    await expect(asMaster('127.0.0.1', { nonce: 'n', volumeHandles: ['vol-9'] }, signal)).rejects.toThrow();
    await asMaster('127.0.0.1', { nonce: 'n', volumeHandles: ['vol-9'], epochs: { 'vol-9': 2 } }, signal);
    const hold = { podUID: 'p', volumeHandle: 'vol-9', stagingPath: '/s', publishPath: '/p' };
    await expect(node.client.holdVolume({ ...hold, epoch: 2 }, signal)).rejects.toMatchObject({
      reason: 'VolumeFenced',
    });
    await node.client.holdVolume({ ...hold, epoch: 3 }, signal);
  });
});
