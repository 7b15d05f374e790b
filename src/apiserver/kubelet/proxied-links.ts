// Where do the links of a proxied page lead? Those that begin at the root of whoever serves it go through the proxy as well.
// Source: apimachinery/pkg/util/proxy/transport.go.

import { posix } from 'node:path';

/** Attributes that hold a URL, by element. */
const linkAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** Elements whose content is text, whatever it looks like. */
const textElements = new Set([
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'plaintext',
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
]);

export interface ProxiedPage {
  /** Path of the proxy, without a slash at its end. */
  prefix: string;
  /** `host:port` of who serves the page. */
  sourceHost: string;
  /** `host:port` by which the client knows the proxy. */
  proxyHost: string;
}

/** One URL, so that it leads to the same place through the proxy. What is relative, or leads elsewhere, stays. */
export function rewriteUrl(url: string, { prefix, sourceHost, proxyHost }: ProxiedPage): string {
  // Most links are one of the two, and a page may have very many.
  if (!url.startsWith('/') && !/^[\w+.-]*:?\/\//.test(url)) return url;
  const [, origin = '', host = '', path = '', rest = ''] =
    /^((?:[a-zA-Z][\w+.-]*:)?(?:\/\/([^/?#]*))?)([^?#]*)(.*)$/s.exec(url) ?? [];
  const isElsewhere = host !== '' && host !== sourceHost && host !== proxyHost;
  if (isElsewhere || !path.startsWith('/')) return url;
  const kept = host !== '' && host === proxyHost ? origin : '';
  if (path.startsWith(prefix)) return `${kept}${path}${rest}`;
  // A slash at the end stays.
  return `${kept}${posix.join(prefix, path)}${rest}`;
}

/** A page with its links rewritten, and not a character of the rest changed. */
export function rewriteHtml(html: string, page: ProxiedPage): string {
  let written = '';
  let at = 0;
  for (;;) {
    const open = html.indexOf('<', at);
    if (open < 0) return written + html.slice(at);
    written += html.slice(at, open);
    const end = html.startsWith('<!--', open) ? afterComment(html, open) : endOfTag(html, open);
    const tag = html.slice(open, end);
    const name = /^<([a-zA-Z][^\s/>]*)/.exec(tag)?.[1]?.toLowerCase();
    written += name === undefined ? tag : rewriteTag(tag, linkAttributes[name] ?? [], page);
    at = end;
    if (name === undefined || !textElements.has(name)) continue;
    const close = name === 'plaintext' ? html.length : closingTag(html, { name, from: end });
    written += html.slice(end, close);
    at = close;
  }
}

function afterComment(html: string, open: number): number {
  const end = html.indexOf('-->', open + 2);
  return end < 0 ? html.length : end + 3;
}

/** Behind the `>` of the tag; a quote begins a value only after `=`. */
function endOfTag(html: string, open: number): number {
  if (!/[a-zA-Z/!?]/.test(html[open + 1] ?? '')) return open + 1;
  const stop = /=\s*["']|>/g;
  stop.lastIndex = open + 1;
  for (let found = stop.exec(html); found; found = stop.exec(html)) {
    const [text] = found;
    if (text === '>') return stop.lastIndex;
    const close = html.indexOf(text.at(-1) as string, stop.lastIndex);
    if (close < 0) break;
    stop.lastIndex = close + 1;
  }
  return html.length;
}

/** Where `</name` begins. */
function closingTag(html: string, { name, from }: { name: string; from: number }): number {
  const pattern = new RegExp(`</${name}[\\s/>]`, 'gi');
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? html.length;
}

function rewriteTag(tag: string, attributes: readonly string[], page: ProxiedPage): string {
  if (attributes.length === 0) return tag;
  return tag.replaceAll(
    /([^\s"'<>/=]+\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/g,
    (whole, before: string, quoted: string) => {
      const [name = ''] = before.split(/[\s=]/, 1);
      if (!attributes.includes(name.toLowerCase())) return whole;
      const quote = /^["']/.exec(quoted)?.[0] ?? '';
      const value = quote === '' ? quoted : quoted.slice(1, -1);
      return `${before}${quote}${rewriteUrl(value, page)}${quote}`;
    },
  );
}
