import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { blank, create, kubectl } from './commands.ts';

/** The command in a shell where kubectl says its arguments, and what it reads. */
function pasted(command: string, env: Record<string, string> = {}): { stdout: string; stderr: string } {
  const double = 'kubectl() { printf "<%s>" "$@"; [ "$1" != create ] || cat; }';
  const { stdout, stderr } = spawnSync('sh', ['-c', `${double}; ${command}`], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return { stdout: stdout.toString(), stderr: stderr.toString() };
}

test.each<{ name: string; command: string; env?: Record<string, string>; want: string }>([
  { name: 'plain words -> as they are', command: kubectl(['get', 'pods'], 'shop'), want: '<get><pods><-n><shop>' },
  {
    name: 'quotes, spaces and dollars -> one word each',
    command: kubectl(['label', `it's $HOME`, '{"a":"b"}']),
    want: `<label><it's $HOME><{"a":"b"}>`,
  },
  {
    name: 'a word that only the user knows -> taken from the variable',
    command: kubectl(['create', blank('KEYS', 'the file with the keys', '--from-file=cloud=')]),
    env: { KEYS: 'my keys' },
    want: '<create><--from-file=cloud=my keys>',
  },
  {
    name: 'an object -> read from standard input, quotes and all',
    command: create({ kind: 'Claim', name: `it's` }),
    want: `<create><-f><->{"kind":"Claim","name":"it's"}`,
  },
  {
    name: 'an object with a value that only the user knows -> taken from the variable',
    command: create({ storage: blank('SIZE', 'the smaller size'), name: 'data' }),
    env: { SIZE: '5Gi' },
    want: '<create><-f><->{"storage":"5Gi","name":"data"}',
  },
])('$name', ({ command, env, want }) => {
  expect(pasted(command, env)).toEqual({ stdout: want, stderr: '' });
});

test.each([
  {
    command: kubectl(['create', blank('KEYS', 'the file with the keys')]),
    missing: 'KEYS: the file with the keys',
    does: '',
  },
  // Nothing is handed on: kubectl finds no object, and makes none.
  {
    command: create({ storage: blank('SIZE', 'the new size') }),
    missing: 'SIZE: the new size',
    does: '<create><-f><->',
  },
])('$missing is not filled in -> the shell refuses, and says so', ({ command, missing, does }) => {
  const { stdout, stderr } = pasted(command);
  expect(stderr).toContain(missing);
  expect(stdout).toBe(does);
});
