import { once } from 'node:events';
import { connect } from 'node:http2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHead, HpackDecoder } from './hpack.ts';
import { startHttp2Server } from './testing.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/g, ''), 'hex');
const first = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
const second = [...first, 'cache-control', 'no-cache'];
const third = [':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com'];

test.each<{ name: string; blocks: string[]; want: string[][] }>([
  {
    name: 'RFC 7541, C.3: three requests on one connection',
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
    want: [first, second, [...third, 'custom-key', 'custom-value']],
  },
  {
    name: 'RFC 7541, C.4: the same with Huffman codes',
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
    want: [first, second, [...third, 'custom-key', 'custom-value']],
  },
  {
    name: 'a table of no size -> what was in it is gone, and literals still come',
    blocks: ['4001 6101 62', 'be', '20 4001 6301 64'],
    want: [
      ['a', 'b'],
      ['a', 'b'],
      ['c', 'd'],
    ],
  },
])('HpackDecoder: $name', ({ blocks, want }) => {
  const decoder = new HpackDecoder();
  expect(blocks.map((block) => decoder.decode(bytes(block)))).toEqual(want);
});

test.each<{ name: string; block: string }>([
  { name: 'field 0', block: '80' },
  { name: 'a field that is not there', block: 'be' },
  { name: 'a string that is longer than the block', block: '0005 61' },
  { name: 'a block that ends within a field', block: '40' },
  { name: 'an integer without end', block: 'ffff ffff ffff ffff ff' },
  { name: 'a table that is too large', block: '3fe2 1f' },
  { name: 'a new size behind a field', block: '82 20' },
  { name: 'an entry that was evicted', block: '4001 6101 62 be' },
  { name: 'filling of a Huffman code that is not ones', block: '0001 6181 18' },
  { name: 'filling of a Huffman code of eight bits', block: '0001 6182 1fff' },
  { name: 'the end symbol in a Huffman code', block: '0001 6184 ffff ffff' },
])('HpackDecoder: $name -> a compression error', ({ name, block }) => {
  const decoder = new HpackDecoder();
  if (name.startsWith('an entry')) decoder.decode(bytes('20'));
  expect(() => decoder.decode(bytes(block))).toThrow(expect.objectContaining({ code: 9 }));
});

test('an entry is evicted when newer ones need its place', () => {
  const decoder = new HpackDecoder();
  const value = 'v'.repeat(100);
  const entry = Buffer.concat([bytes('4001 61 64'), Buffer.from(value)]);
  for (let i = 0; i < 100; i++) expect(decoder.decode(entry)).toEqual(['a', value]);
  // 4096 bytes hold 30 entries of 1 + 100 + 32.
  expect(decoder.decode(Buffer.from([0x80 | (61 + 30)]))).toEqual(['a', value]);
  expect(() => decoder.decode(Buffer.from([0x80 | (61 + 31)]))).toThrow('There is no field 92');
});

const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const headerValue = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,200}[\x21-\x7e])?$/);

test('what encodeHead writes, a decoder reads', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.dictionary(headerName, headerValue, { noNullPrototype: true }),
      (status, headers) => {
        const decoded = new HpackDecoder().decode(Buffer.from(encodeHead({ status, headers })));
        expect(decoded).toEqual([':status', String(status), ...Object.entries(headers).flat()]);
      },
    ),
  );
});

test("what Node's client writes with its table and Huffman codes, the server reads", async () => {
  const seen: Record<string, string>[] = [];
  const server = await startHttp2Server((stream) => {
    seen.push({ ...stream.headers });
    stream.respondWith({ status: 204, headers: {} }, []);
  });
  const session = connect(`http://127.0.0.1:${server.port}`);
  const own = headerName.map((name) => `x-${name}`);
  try {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(own, headerValue, { noNullPrototype: true }), async (headers) => {
        const request = session.request(headers);
        request.resume();
        await once(request, 'close');
        expect(seen.at(-1)).toMatchObject(headers);
      }),
      { numRuns: 200 },
    );
  } finally {
    session.destroy();
    await server.stop();
  }
});
