import { expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { contentResponse } from './served-content.ts';

const content = {
  bytes: Buffer.from('0123456789'),
  etag: '"E"',
  modifiedAtMs: epochMsOf('2026-01-02T03:04:05.678Z'),
  headers: { 'content-type': 'application/json' },
};
const made = 'Fri, 02 Jan 2026 03:04:05 GMT';
const later = 'Fri, 02 Jan 2026 03:04:06 GMT';
const earlier = 'Fri, 02 Jan 2026 03:04:04 GMT';

test.each<{ name: string; headers: Record<string, string>; want: [number, string] }>([
  { name: 'nothing said -> the whole', headers: {}, want: [200, '0123456789'] },
  { name: 'its hash -> known', headers: { 'if-none-match': '"E"' }, want: [304, ''] },
  {
    name: 'its hash among others, as a weak one -> known',
    headers: { 'if-none-match': '"A", W/"E"' },
    want: [304, ''],
  },
  { name: 'any hash -> known', headers: { 'if-none-match': '*' }, want: [304, ''] },
  {
    name: 'another hash -> the whole, whatever the time',
    headers: { 'if-none-match': '"A"', 'if-modified-since': made },
    want: [200, '0123456789'],
  },
  { name: 'its time -> known', headers: { 'if-modified-since': made }, want: [304, ''] },
  { name: 'an earlier time -> the whole', headers: { 'if-modified-since': earlier }, want: [200, '0123456789'] },
  { name: 'no time at all -> the whole', headers: { 'if-modified-since': 'soon' }, want: [200, '0123456789'] },
  { name: 'only if it is another -> refused', headers: { 'if-match': '"A"' }, want: [412, ''] },
  { name: 'only if it is this -> the whole', headers: { 'if-match': '"E"' }, want: [200, '0123456789'] },
  {
    name: 'only if not changed since earlier -> refused',
    headers: { 'if-unmodified-since': earlier },
    want: [412, ''],
  },
  { name: 'a part', headers: { range: 'bytes=2-4' }, want: [206, '234'] },
  { name: 'a part without end', headers: { range: 'bytes=8-' }, want: [206, '89'] },
  { name: 'the end', headers: { range: 'bytes=-3' }, want: [206, '789'] },
  { name: 'more than there is', headers: { range: 'bytes=8-99' }, want: [206, '89'] },
  { name: 'behind the end', headers: { range: 'bytes=10-' }, want: [416, 'invalid range: failed to overlap\n'] },
  { name: 'several parts -> the whole', headers: { range: 'bytes=0-1,4-5' }, want: [200, '0123456789'] },
  { name: 'a part of this', headers: { range: 'bytes=0-0', 'if-range': '"E"' }, want: [206, '0'] },
  {
    name: 'a part of another -> the whole',
    headers: { range: 'bytes=0-0', 'if-range': '"A"' },
    want: [200, '0123456789'],
  },
  { name: 'a part of this time', headers: { range: 'bytes=0-0', 'if-range': made }, want: [206, '0'] },
])('contentResponse: $name', async ({ headers, want: [status, text] }) => {
  const answer = contentResponse({ headers }, content);
  let body = '';
  for await (const chunk of answer.body) body += Buffer.from(chunk).toString();
  expect([answer.status, body]).toEqual([status, text]);
});

test('contentResponse -> says when it was made, and that parts can be had', () => {
  expect(contentResponse({ headers: {} }, content).headers).toEqual({
    'content-type': 'application/json',
    etag: '"E"',
    'last-modified': made,
    'accept-ranges': 'bytes',
  });
  const part = contentResponse({ headers: { range: 'bytes=2-4' } }, content);
  expect(part.headers['content-range']).toBe('bytes 2-4/10');
});

test.each([
  { name: 'its second, in which it may have changed -> the whole', since: made, want: [200, made] },
  { name: 'the second after -> known', since: later, want: [304, made] },
])('contentResponse, without a hash: $name', ({ since, want: [status, lastModified] }) => {
  const { etag: _etag, ...timed } = content;
  const answer = contentResponse({ headers: { 'if-modified-since': since } }, timed);
  expect([answer.status, answer.headers['last-modified']]).toEqual([status, lastModified]);
});

test('contentResponse: nothing new, or no such part -> no more than the client needs', () => {
  const known = contentResponse({ headers: { 'if-none-match': '"E"' } }, content);
  expect(known.headers).toEqual({ etag: '"E"' });
  const headers = { ...content.headers, vary: 'Accept', 'cache-control': 'public' };
  const refused = contentResponse({ headers: { range: 'bytes=99-' } }, { ...content, headers });
  expect(refused.headers).toEqual({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-range': 'bytes */10',
    vary: 'Accept',
  });
});
