import { expect, test } from 'vitest';
import { shellContainer } from '../../testing/node-fixture.ts';
import { limitSettings, parseOwnCgroups } from './cgroups.ts';
import { type ExecTarget, execPlan } from './exec-plan.ts';
import { type HostFolderEntry, planHostRoot } from './host-root.ts';
import { formatLines } from './log-writer.ts';
import { pathRewriter } from './plain.ts';
import { parseStat } from './process-tree.ts';
import { homeOf, hostsFile, withGroups, withUser } from './root-files.ts';
import { dropPrivileges, grantedCapabilities, sandboxArguments, sortedMounts } from './sandbox.ts';

const tree: Record<string, HostFolderEntry[]> = {
  '/': [{ name: 'bin', symlinkTarget: 'usr/bin' }, { name: 'proc' }, { name: 'tmp' }, { name: 'usr' }, { name: 'var' }],
  '/var': [{ name: 'cache' }, { name: 'lib' }],
  '/var/lib': [{ name: 'dpkg' }],
};

test.each([
  {
    name: 'no mounts -> every folder read-only, links kept, kernel folders left out',
    mountPoints: [],
    want: ['tmpfs /', 'symlink /bin', 'ro-bind /usr', 'ro-bind /var'],
  },
  {
    name: 'mount point at the top -> nothing is taken apart',
    mountPoints: ['/data'],
    want: ['tmpfs /', 'symlink /bin', 'ro-bind /usr', 'ro-bind /var'],
  },
  {
    name: 'mount point that does not exist below /var/lib -> only the way there is taken apart',
    mountPoints: ['/var/lib/pg/data'],
    want: [
      'tmpfs /',
      'symlink /bin',
      'ro-bind /usr',
      'tmpfs /var',
      'ro-bind /var/cache',
      'tmpfs /var/lib',
      'ro-bind /var/lib/dpkg',
    ],
  },
  {
    name: 'mount point that exists -> bound over as it is',
    mountPoints: ['/var/lib/dpkg'],
    want: ['tmpfs /', 'symlink /bin', 'ro-bind /usr', 'ro-bind /var'],
  },
  {
    name: 'mount point below /tmp -> the sandbox makes it',
    mountPoints: ['/tmp/x/y'],
    want: ['tmpfs /', 'symlink /bin', 'ro-bind /usr', 'ro-bind /var'],
  },
])('planHostRoot: $name', ({ mountPoints, want }) => {
  expect(planHostRoot(mountPoints, (path) => tree[path]).map(({ type, path }) => `${type} ${path}`)).toEqual(want);
});

test.each([
  { name: 'nothing said -> the default set', add: [], drop: [], want: ['CHOWN', 'NET_BIND_SERVICE', 'SETUID'] },
  { name: 'ALL dropped, one added -> that one', add: ['CAP_NET_ADMIN'], drop: ['ALL'], want: ['NET_ADMIN'] },
])('grantedCapabilities: $name', ({ add, drop, want }) => {
  const granted = grantedCapabilities({ addCapabilities: add, dropCapabilities: drop });
  expect(granted).toEqual(expect.arrayContaining(want));
  if (drop.length > 0) expect(granted).toEqual(want);
});

test('setpriv gives up every right that was not granted, and sets the user before the command', () => {
  const argv = dropPrivileges({
    ...shellContainer('true', { dropCapabilities: ['ALL'], user: { uid: 5, gid: 6, supplementalGroups: [7] } }),
  });
  expect(argv).toEqual([
    'setpriv',
    '--reuid',
    '5',
    '--regid',
    '6',
    '--groups',
    '7',
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--no-new-privs',
    '--',
  ]);
});

test('sandboxArguments hide the data folder before volumes are bound, parents before children', () => {
  const mount = (containerPath: string) => ({
    hostPath: `/host${containerPath}`,
    containerPath,
    readOnly: containerPath === '/a',
  });
  const spec = shellContainer('true', { mounts: [mount('/a/b'), mount('/a')] });
  const args = sandboxArguments(spec, {
    root: { type: 'overlay', path: '/m' },
    mode: 'privileged',
    tmpPath: '/t',
    runPath: '/r',
    hiddenPaths: ['/secret'],
    statusFd: 3,
  }).join(' ');
  expect(args).toMatch(/--tmpfs \/secret .*--ro-bind \/host\/a \/a --bind \/host\/a\/b \/a\/b/);
  expect(args).toContain('--die-with-parent --unshare-ipc');
  expect(args).toContain('--unshare-pid');
  expect(sortedMounts(spec.mounts).map(({ containerPath }) => containerPath)).toEqual(['/a', '/a/b']);
});

const plain: ExecTarget = {
  spec: shellContainer('true'),
  mode: 'plain',
  initPid: 42,
  id: 'i',
  nodeDir: '/n',
  procsFiles: [],
};

test('execPlan: variables that change what a root program loads -> set only inside the container', () => {
  const spec = shellContainer('true', { env: { LD_PRELOAD: '/evil.so', SAFE: 'x' }, workingDir: '/w' });
  const target: ExecTarget = { ...plain, spec, mode: 'privileged', procsFiles: ['/cg/cgroup.procs'] };
  const plan = execPlan(target, ['ls']);
  expect(plan.env).toEqual({ HOSTNAME: 'web-0', HOME: '/root', SAFE: 'x' });
  expect(plan.argv.join(' ')).toMatch(
    /sh \/cg\/cgroup.procs -- \/usr\/bin\/nsenter -t 42 -m -p -u -i -- setpriv .* -- env -C \/w PATH=\S+ LD_PRELOAD=\/evil.so ls$/,
  );
});

test('execPlan of a plain process -> found as the container is, and as all of the node is', () => {
  const plan = execPlan(plain, ['ls']);
  expect(plan.env).toMatchObject({ AMARRE_CONTAINER: 'i', AMARRE_NODE_DIR: '/n' });
});

test.each([
  { name: 'exact', text: '/data', want: '/host/vol' },
  { name: 'below', text: '/data/pg', want: '/host/vol/pg' },
  { name: 'in an option', text: '--dir=/data', want: '--dir=/host/vol' },
  { name: 'longer mount path wins', text: '/data/wal/x', want: '/host/wal/x' },
  { name: 'another name with the same start', text: '/database', want: '/database' },
  { name: 'inside another path', text: '/srv/data', want: '/srv/data' },
])('pathRewriter: $name', ({ text, want }) => {
  const mounts = [
    { hostPath: '/host/vol', containerPath: '/data', readOnly: false },
    { hostPath: '/host/wal', containerPath: '/data/wal', readOnly: false },
  ];
  expect(pathRewriter(mounts)(text)).toBe(want);
});

test.each([
  { name: 'two lines and a rest', data: 'a\nb\nc', text: 'P F a\nP F b\n', remainder: 'c' },
  { name: 'empty line', data: '\n', text: 'P F \n', remainder: '' },
])('formatLines: $name', ({ data, text, remainder }) => {
  const got = formatLines(Buffer.from(data), 'P');
  expect([got.text, got.remainder.toString()]).toEqual([text, remainder]);
});

test('formatLines: a line beyond 16 KiB -> partial pieces that join to the same text', () => {
  const long = 'x'.repeat(40_000);
  const pieces = formatLines(Buffer.from(`${long}\n`), 'p')
    .text.trimEnd()
    .split('\n');
  expect(pieces.map((piece) => piece.slice(0, 3))).toEqual(['p P', 'p P', 'p F']);
  expect(pieces.map((piece) => piece.slice(4)).join('')).toBe(long);
});

test('passwd and group -> get an entry only for an unknown ID', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\n';
  const user = { uid: 1234, gid: 99, supplementalGroups: [0] };
  expect(withUser(passwd, { ...user, uid: 0 })).toBe(passwd);
  expect(withUser(passwd, user)).toBe(`${passwd}user1234:x:1234:99:container user:/:/bin/sh\n`);
  expect(withGroups('root:x:0:\n', user)).toBe('root:x:0:\ngroup99:x:99:\n');
  expect(homeOf(passwd, 0)).toBe('/root');
  expect(hostsFile('10.0.0.5', 'web-0')).toContain('10.0.0.5\tweb-0\n');
});

test('parsers of /proc: a command name with blanks and brackets, cgroup lines of both versions', () => {
  expect(parseStat(`7 (a) b (c) S ${Array.from({ length: 30 }, (_, index) => index).join(' ')}`)).toEqual({
    state: 'S',
    startTicks: '18',
  });
  expect(parseOwnCgroups('9:memory:/a\n4:cpu,cpuacct:/b\n0::/c\n')).toMatchObject({
    memory: '/a',
    cpu: '/b',
    cpuacct: '/b',
    '': '/c',
  });
});

test('limitSettings: 250 millicores -> quota, shares and weight of the kubelet', () => {
  expect(
    limitSettings('cpu', { cpuMillis: 250, cpuRequestMillis: 250 }).map(({ value1, value2 }) => [value1, value2]),
  ).toEqual([
    ['25000', '25000 100000'],
    ['256', '10'],
  ]);
});
