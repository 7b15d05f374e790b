import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rewriteHtml, rewriteUrl } from './proxied-links.ts';

const prefix = '/api/v1/namespaces/shop/pods/web:80/proxy';
const page = { prefix, sourceHost: '10.0.0.5:80', proxyHost: 'cluster:6443' };

test.each([
  { name: 'from the root', url: '/a/b', want: `${prefix}/a/b` },
  { name: 'the root', url: '/', want: `${prefix}/` },
  { name: 'with a slash at its end, a query and a fragment', url: '/a/?b=/c#/d', want: `${prefix}/a/?b=/c#/d` },
  { name: 'with dots', url: '/a/../b', want: `${prefix}/b` },
  { name: 'relative', url: 'a/b', want: 'a/b' },
  { name: 'relative with a colon later on', url: './a:/b', want: './a:/b' },
  { name: 'only a query', url: '?a=/b', want: '?a=/b' },
  { name: 'empty', url: '', want: '' },
  { name: 'to who serves it', url: 'http://10.0.0.5:80/a', want: `${prefix}/a` },
  { name: 'to its root without a path', url: 'http://10.0.0.5:80', want: 'http://10.0.0.5:80' },
  { name: 'to the proxy', url: 'https://cluster:6443/a', want: `https://cluster:6443${prefix}/a` },
  { name: 'to the proxy, without a scheme', url: '//cluster:6443/a', want: `//cluster:6443${prefix}/a` },
  { name: 'elsewhere', url: 'https://example.com/a', want: 'https://example.com/a' },
  { name: 'through the proxy already', url: `${prefix}/a`, want: `${prefix}/a` },
  { name: 'no address', url: 'mailto:a@b', want: 'mailto:a@b' },
  { name: 'a script', url: 'javascript:go("/a")', want: 'javascript:go("/a")' },
])('rewriteUrl: $name -> $want', ({ url, want }) => {
  expect(rewriteUrl(url, page)).toBe(want);
});

test.each([
  { name: 'a link', html: '<a href="/x">/y</a>', want: `<a href="${prefix}/x">/y</a>` },
  { name: 'single quotes', html: "<A  HREF = '/x'>", want: `<A  HREF = '${prefix}/x'>` },
  { name: 'no quotes', html: '<img src=/x.png alt=/y>', want: `<img src=${prefix}/x.png alt=/y>` },
  { name: 'two at once', html: '<video poster="/p" src="/s">', want: `<video poster="${prefix}/p" src="${prefix}/s">` },
  { name: 'another attribute', html: '<a title="/x">', want: '<a title="/x">' },
  { name: 'another element', html: '<p href="/x">', want: '<p href="/x">' },
  {
    name: 'a comment',
    html: '<!-- <a href="/x"> --><a href="/y">',
    want: `<!-- <a href="/x"> --><a href="${prefix}/y">`,
  },
  {
    name: 'what stands in a script',
    html: '<script src="/s">document.write(\'<a href="/x">\')</script><a href="/y">',
    want: `<script src="${prefix}/s">document.write('<a href="/x">')</script><a href="${prefix}/y">`,
  },
  { name: 'a `>` in a value', html: '<a title="a>b" href="/x">', want: `<a title="a>b" href="${prefix}/x">` },
  {
    name: 'a tag in a value',
    html: `<a title='<a href="/x">' href="/y">`,
    want: `<a title='<a href="/x">' href="${prefix}/y">`,
  },
  { name: 'a self-closing tag', html: '<link rel="x" href="/c.css"/>', want: `<link rel="x" href="${prefix}/c.css"/>` },
  { name: 'no tags', html: 'a < b "/x"', want: 'a < b "/x"' },
  { name: 'a tag without end', html: '<a href="/x', want: '<a href="/x' },
])('rewriteHtml: $name', ({ html, want }) => {
  expect(rewriteHtml(html, page)).toBe(want);
});

test('rewriteHtml leaves a page without links of that kind as it is, whatever it is', () => {
  const parts = fc.constantFrom('<', '>', '"', "'", '=', 'a', ' ', '!--', '-->', '/', 'script', 'href', '<p x="', '</');
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), (words) => {
      const html = words.join('').replaceAll(/=\s*["']?\s*\//g, '=x');
      expect(rewriteHtml(html, page)).toBe(html);
    }),
  );
});

test('rewriteHtml: a long page of tags that do not end -> done at once', () => {
  const html = '<a href="'.repeat(200_000);
  expect(rewriteHtml(html, page)).toBe(html);
});
