import { expect, test } from 'vitest';
import { jsonResponse, withWarnings } from './respond.ts';

test.each([
  { name: 'none', warnings: [], header: undefined },
  { name: 'the same twice', warnings: ['a', 'a'], header: '299 - "a"' },
  { name: 'quotes and backslashes', warnings: ['a "b" \\c'], header: '299 - "a \\"b\\" \\\\c"' },
  { name: 'letters beyond ASCII', warnings: ['é\u{1f600}'], header: '299 - "é\u{1f600}"' },
  { name: 'control characters', warnings: ['a\nb', 'c\u0085', 'd'], header: '299 - "d"' },
])('warnings: $name', ({ warnings, header }) => {
  expect(withWarnings(jsonResponse(200, {}), warnings).headers['warning']).toBe(header);
});
