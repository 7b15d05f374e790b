import { expect, test } from 'vitest';
import { chooseModes, type MachineFacts } from './machine.ts';

function facts(overrides: Partial<MachineFacts> = {}): MachineFacts {
  const names = [
    'losetup',
    'mount',
    'mkfs.xfs',
    'xfs_growfs',
    'ip',
    'nsenter',
    'unshare',
    'setpriv',
    'bwrap',
    'restic',
  ];
  return {
    uid: 0,
    capSysAdmin: true,
    capNetAdmin: true,
    loopControl: true,
    filesystems: ['xfs', 'overlay'],
    programs: Object.fromEntries(names.map((name) => [name, `/usr/bin/${name}`])),
    kernel: '6.1',
    cpus: 2,
    memoryBytes: 1,
    freeDiskBytes: 1,
    ...overrides,
  };
}

test.each<{ name: string; facts: MachineFacts; volumes: string; network: string; note?: RegExp }>([
  {
    name: 'root with everything -> the strongest modes, nothing to say',
    facts: facts(),
    volumes: 'block',
    network: 'namespaces',
  },
  {
    name: 'no root -> directories and loopback, and says why',
    facts: facts({ uid: 1000, capSysAdmin: false, capNetAdmin: false }),
    volumes: 'directory',
    network: 'loopback',
    note: /not root; run as root for block volumes/,
  },
  {
    name: 'root in an unprivileged container -> names the missing capability',
    facts: facts({ capSysAdmin: false }),
    volumes: 'directory',
    network: 'loopback',
    note: /CAP_SYS_ADMIN is missing here/,
  },
  {
    name: 'no loop devices -> directories, network namespaces stay',
    facts: facts({ loopControl: false }),
    volumes: 'directory',
    network: 'namespaces',
    note: /\/dev\/loop-control is missing/,
  },
  {
    name: 'mkfs.xfs missing -> names the package',
    facts: facts({ programs: { ...facts().programs, 'mkfs.xfs': undefined } }),
    volumes: 'directory',
    network: 'namespaces',
    note: /install the package xfsprogs/,
  },
  {
    name: 'bwrap missing -> says that containers are plain processes',
    facts: facts({ programs: { ...facts().programs, bwrap: undefined } }),
    volumes: 'block',
    network: 'namespaces',
    note: /install the package bubblewrap/,
  },
])('chooseModes: $name', ({ facts: given, volumes, network, note }) => {
  const choice = chooseModes(given);
  expect(choice).toMatchObject({ volumes, network });
  if (note) expect(choice.notes.join(' ')).toMatch(note);
  else expect(choice.notes).toEqual([]);
});
