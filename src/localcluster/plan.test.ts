import { expect, test } from 'vitest';
import { DataFolderError } from './data-folder.ts';
import { assertSameShape, planCluster, type UpOptions } from './plan.ts';

const machine = { volumes: 'block', network: 'namespaces', notes: [] } as const;
const plan = (options: Partial<UpOptions> = {}, usedCidrs: string[] = []) =>
  planCluster({ dataDir: '/d', ...options }, { machine: { ...machine, notes: [] }, clusterId: 'a1b2c3', usedCidrs });

test('planCluster: no options -> three nodes in three zones with addresses of one subnet', () => {
  const spec = plan();
  expect(spec.nodes.map(({ name, zone }) => `${name} ${zone}`)).toEqual([
    'node-1 zone-a',
    'node-2 zone-b',
    'node-3 zone-c',
  ]);
  expect(new Set(spec.nodes.map(({ address }) => address)).size).toBe(3);
  expect(spec.apiAddresses[0]).toBe('127.0.0.1');
});

test('planCluster: a subnet that is taken -> takes the next one', () => {
  const first = plan().apiAddresses[1] ?? '';
  expect(plan({}, [`${first}/24`]).apiAddresses[1]).not.toBe(first);
});

test('planCluster: more nodes than zones -> zones go round', () => {
  expect(plan({ nodes: 4, zones: 2 }).nodes.map(({ zone }) => zone)).toEqual(['zone-a', 'zone-b', 'zone-a', 'zone-b']);
});

test('planCluster: three control planes over etcd -> an address each and one for all, in one subnet and on loopback', () => {
  const { moreApiAddresses, apiAddresses, balancerAddresses, nodes } = plan({
    controlPlanes: 3,
    etcd: { endpoints: ['http://127.0.0.1:2379'] },
  });
  const all = [apiAddresses, ...(moreApiAddresses ?? []), balancerAddresses ?? []];
  expect(all.map(([loopback]) => loopback)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.10']);
  const addresses = [...all.map((each) => each.at(-1)), ...nodes.map(({ address }) => address)];
  expect(new Set(addresses.map((address) => address?.replace(/\d+$/, ''))).size).toBe(1);
  expect(new Set(addresses).size).toBe(7);
  expect(plan().balancerAddresses).toBeUndefined();
});

test.each([
  { name: 'zero nodes', options: { nodes: 0 }, message: 'Cannot use --nodes 0: give a whole number from 1 to 100' },
  {
    name: 'too many nodes',
    options: { nodes: 101 },
    message: 'Cannot use --nodes 101: give a whole number from 1 to 100',
  },
  {
    name: 'port out of range',
    options: { port: 70_000 },
    message: 'Cannot use --port 70000: give a whole number from 1 to 65535',
  },
  ...[-1, 1024, 0.5, 300 * 2 ** 20 - 1].map((poolBytes) => ({
    name: `a pool of ${poolBytes} bytes`,
    options: { poolBytes },
    message: `Cannot use --pool-size ${poolBytes}: give at least 300Mi, in whole bytes`,
  })),
  {
    name: 'several control planes over LMDB',
    options: { controlPlanes: 2 },
    message:
      'Cannot use --control-planes 2 with the state in LMDB, which one API server alone can use: add --store etcd',
  },
])('planCluster: $name -> says what could be used', ({ options, message }) => {
  expect(() => plan(options)).toThrow(new RangeError(message));
});

test('planCluster: block volumes asked for where only directories work -> refuses with the reason', () => {
  const weak = {
    volumes: 'directory',
    network: 'loopback',
    notes: ['Volumes are directories: this is not root.'],
  } as const;
  expect(() =>
    planCluster(
      { dataDir: '/d', mode: 'block' },
      { machine: { ...weak, notes: [...weak.notes] }, clusterId: 'a1b2c3', usedCidrs: [] },
    ),
  ).toThrow('Cannot use block volumes here. Volumes are directories: this is not root.');
});

test.each([
  { name: 'nothing asked for', options: {}, refused: false },
  { name: 'the same asked for', options: { nodes: 3, port: 6443 }, refused: false },
  { name: 'another number of nodes', options: { nodes: 5 }, refused: true },
  { name: 'another port', options: { port: 7443 }, refused: true },
  { name: 'the store that it has', options: { store: 'lmdb' as const }, refused: false },
  { name: 'another store', options: { store: 'etcd' as const }, refused: true },
])('assertSameShape: $name -> refused: $refused', ({ options, refused }) => {
  const check = () => assertSameShape(plan(), { dataDir: '/d', ...options });
  if (refused) expect(check).toThrow(DataFolderError);
  else expect(check).not.toThrow();
});
