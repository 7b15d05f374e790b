// Does a download's URL give its one file, in its time, and nothing else to anybody?

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CheckOptions, checkLink, type DownloadFile, downloadLink } from './download-link.ts';

const secret = new Uint8Array(32).fill(7);
const expiresMs = 1_767_226_200_000;
const origin = 'https://127.0.0.1:4000';
const file: DownloadFile = {
  namespace: 'velero',
  location: 'default',
  folder: '/srv/backups',
  key: 'backups/one/one-logs.gz',
};
const options: CheckOptions = { secret, nowMs: expiresMs - 1, folderOf: () => '/srv/backups' };
const link = downloadLink(file, { origin, secret, expiresMs });
const requestTarget = link.slice(origin.length);

test('a link -> its file', () => {
  expect(requestTarget).toMatch(
    /^\/velero\/default\/backups\/one\/one-logs\.gz\?expires=1767226200&signature=[0-9a-f]{64}$/,
  );
  expect(checkLink(requestTarget, options)).toEqual({ file });
});

const forged = { refusal: 'Forged' };
test.each<{ name: string; target?: string; options?: Partial<CheckOptions>; want: unknown }>([
  { name: 'its time is over', options: { nowMs: expiresMs }, want: { refusal: 'Expired' } },
  { name: 'more time', target: requestTarget.replace('1767226200', '1767299999'), want: forged },
  { name: 'another file', target: requestTarget.replace('one-logs', 'one-results'), want: forged },
  { name: 'another backup', target: requestTarget.replaceAll('one', 'two'), want: forged },
  { name: 'a file above', target: requestTarget.replace('one-logs', '../../../etc/shadow'), want: forged },
  { name: 'another location', target: requestTarget.replace('default', 'nas'), want: forged },
  { name: 'no signature', target: requestTarget.replace(/&signature=.*/, ''), want: forged },
  { name: 'no query', target: requestTarget.replace(/\?.*/, ''), want: forged },
  { name: 'no time', target: requestTarget.replace(/expires=\d+&/, ''), want: forged },
  { name: 'another secret', options: { secret: new Uint8Array(32) }, want: forged },
  { name: 'location is gone', options: { folderOf: () => undefined }, want: forged },
  { name: 'location has another folder', options: { folderOf: () => '/etc' }, want: forged },
  { name: 'broken escapes', target: '/%zz/%zz/x?expires=1&signature=00', want: forged },
  { name: 'nothing', target: '', want: forged },
  { name: 'an absolute URL', target: link, want: forged },
])('checkLink: $name -> refused', ({ target = requestTarget, options: overrides, want }) => {
  expect(checkLink(target, { ...options, ...overrides })).toEqual(want);
});

test('no URL but the one that was made gives a file', () => {
  const part = fc.stringMatching(/^[a-z0-9./%-]{0,12}$/);
  const target = fc
    .record({ path: fc.array(part), expires: fc.nat(), signature: fc.stringMatching(/^[0-9a-f]{64}$/) })
    .map(({ path, expires, signature }) => `/${path.join('/')}?expires=${expires}&signature=${signature}`);
  fc.assert(
    fc.property(target, (each) => {
      expect(checkLink(each, options)).toEqual(forged);
    }),
  );
});
