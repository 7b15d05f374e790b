// The functions that Kubernetes adds: regular expressions, URLs, quantities, addresses, formats, versions.
// Source: k8s.io/apiserver/pkg/cel/library.

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isQuantity,
  parseQuantity,
  type Quantity,
  subtractQuantities,
} from '../../../apimachinery/quantity.ts';
import type { Library } from '../functions.ts';
import { CelError, CelObject, type CelValue, checkedInt, OptionalValue } from '../values.ts';
import { formats } from './formats.ts';
import { regex } from './standard.ts';

/** A value that only the functions of its type look into. */
export class Opaque<T> extends CelObject {
  readonly typeName: string;
  readonly content: T;
  readonly #text: string;

  constructor(typeName: string, content: T, text: string) {
    super();
    this.typeName = typeName;
    this.content = content;
    this.#text = text;
  }

  override field(): undefined {
    return undefined;
  }

  /** Equal values have equal texts. */
  override equals(other: CelObject): boolean {
    return other instanceof Opaque && other.typeName === this.typeName && other.#text === this.#text;
  }
}

function find(text: string, pattern: string): string {
  const matcher = regex(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const matcher = regex(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

type Url = Opaque<URL>;

function parseUrl(text: string): Url | undefined {
  const isPath = text.startsWith('/') && !/\s/.test(text);
  if (!isPath && !URL.canParse(text)) return undefined;
  return new Opaque('kubernetes.URL', new URL(text, 'path://'), text);
}

function urlPart(read: (url: URL) => string): (url: Url) => string {
  return ({ content }) => (content.protocol === 'path:' && read !== pathname ? '' : read(content));
}

const pathname = (url: URL): string =>
  url.pathname === '/' && !url.href.replace(/^[a-z]+:\/\/[^/?#]*/, '').startsWith('/') ? '' : url.pathname;

function queryOf({ content }: Url): CelValue {
  const query = new Map<CelValue, CelValue>();
  for (const key of content.searchParams.keys()) query.set(key, content.searchParams.getAll(key));
  return query;
}

type QuantityValue = Opaque<Quantity>;

const quantityValue = (content: Quantity): QuantityValue =>
  new Opaque('kubernetes.Quantity', content, String(content.nanos));
const nano = 1_000_000_000n;

function integerOf({ content }: QuantityValue): bigint {
  if (content.nanos % nano !== 0n) throw new CelError('cannot convert value to integer');
  return checkedInt(content.nanos / nano, 'cannot convert value to integer');
}

const asQuantity = (value: QuantityValue | bigint): Quantity =>
  typeof value === 'bigint' ? parseQuantity(String(value)) : value.content;
const byQuantity =
  (combine: (a: Quantity, b: Quantity) => Quantity) =>
  (a: QuantityValue, b: QuantityValue | bigint): QuantityValue =>
    quantityValue(combine(a.content, asQuantity(b)));

export const regexLibrary: Library = [
  ['string.find(string): string', find],
  ['string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern)],
  ['string.findAll(string, int): list<string>', findAll],
];

export const urlLibrary: Library = [
  ['isURL(string): bool', (text: string) => parseUrl(text) !== undefined],
  [
    'url(string): kubernetes.URL',
    (text: string) =>
      parseUrl(text) ??
      refuse(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`),
  ],
  ['kubernetes.URL.getScheme(): string', urlPart(({ protocol }) => protocol.slice(0, -1))],
  ['kubernetes.URL.getHost(): string', urlPart(({ host }) => host)],
  ['kubernetes.URL.getHostname(): string', urlPart(({ hostname }) => hostname.replace(/^\[|\]$/g, ''))],
  ['kubernetes.URL.getPort(): string', urlPart(({ port }) => port)],
  ['kubernetes.URL.getEscapedPath(): string', urlPart(pathname)],
  ['kubernetes.URL.getQuery(): map<string, list<string>>', queryOf],
];

function refuse(message: string): never {
  throw new CelError(message);
}

const compareTo = (a: QuantityValue, b: QuantityValue): bigint => BigInt(compareQuantities(a.content, b.content));

export const quantityLibrary: Library = [
  ['isQuantity(string): bool', (text: string) => isQuantity(text)],
  [
    'quantity(string): kubernetes.Quantity',
    (text: string) =>
      isQuantity(text)
        ? quantityValue(parseQuantity(text))
        : refuse("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
  ],
  [
    'kubernetes.Quantity.sign(): int',
    ({ content: { nanos } }: QuantityValue) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n),
  ],
  ['kubernetes.Quantity.isInteger(): bool', ({ content: { nanos } }: QuantityValue) => nanos % nano === 0n],
  ['kubernetes.Quantity.asInteger(): int', integerOf],
  ['kubernetes.Quantity.asApproximateFloat(): double', ({ content: { nanos } }: QuantityValue) => Number(nanos) / 1e9],
  [
    'kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool',
    (a: QuantityValue, b: QuantityValue) => compareTo(a, b) > 0n,
  ],
  [
    'kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool',
    (a: QuantityValue, b: QuantityValue) => compareTo(a, b) < 0n,
  ],
  ['kubernetes.Quantity.compareTo(kubernetes.Quantity): int', compareTo],
  ...(['kubernetes.Quantity', 'int'] as const).flatMap(
    (type): Library => [
      [`kubernetes.Quantity.add(${type}): kubernetes.Quantity`, byQuantity(addQuantities)],
      [`kubernetes.Quantity.sub(${type}): kubernetes.Quantity`, byQuantity(subtractQuantities)],
    ],
  ),
  ['string(kubernetes.Quantity): string', ({ content }: QuantityValue) => formatQuantity(content)],
];

type Ip = Opaque<{ text: string; family: 4 | 6 }>;
type Cidr = Opaque<{ ip: Ip; bits: number }>;

function parseIp(text: string): Ip | undefined {
  const family = isIPv4(text) ? 4 : isIPv6(text) && !text.includes('%') && !/^::ffff:\d+\./i.test(text) ? 6 : undefined;
  if (family === undefined || /(^|\.)0\d/.test(text)) return undefined;
  const canonical = family === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1);
  return new Opaque('net.IP', { text: canonical, family }, canonical);
}

const ipOf = (text: string): Ip =>
  parseIp(text) ??
  refuse(
    `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
  );

function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || rest.length > 0 || !/^(?:0|[1-9]\d*)$/.test(bits) || Number(bits) > (ip.content.family === 4 ? 32 : 128))
    return undefined;
  return new Opaque('net.CIDR', { ip, bits: Number(bits) }, `${ip.content.text}/${bits}`);
}

const cidrOf = (text: string): Cidr =>
  parseCidr(text) ??
  refuse(
    `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
  );
const familyName = ({ content }: Ip): 'ipv4' | 'ipv6' => (content.family === 4 ? 'ipv4' : 'ipv6');

function contains({ content }: Cidr, ip: Ip): boolean {
  if (content.ip.content.family !== ip.content.family) return false;
  const block = new BlockList();
  block.addSubnet(content.ip.content.text, content.bits, familyName(ip));
  return block.check(ip.content.text, familyName(ip));
}

const containsCidr = (outer: Cidr, inner: Cidr): boolean =>
  outer.content.bits <= inner.content.bits && contains(outer, inner.content.ip);
const inRange =
  (...ranges: string[]) =>
  (ip: Ip): boolean =>
    ranges.some((range) => contains(cidrOf(range), ip));

function masked({ content: { ip, bits } }: Cidr): Cidr {
  const width = ip.content.family === 4 ? 32n : 128n;
  const mask = ((1n << BigInt(bits)) - 1n) << (width - BigInt(bits));
  return cidrOf(`${addressText(addressNumber(ip) & mask, ip.content.family)}/${bits}`);
}

function addressNumber({ content }: Ip): bigint {
  if (content.family === 4) return content.text.split('.').reduce((total, part) => (total << 8n) | BigInt(part), 0n);
  const [head = '', tail] = content.text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((total, part) => (total << 16n) | BigInt(`0x${part}`), 0n);
}

function addressText(number: bigint, family: 4 | 6): string {
  const [count, width] = family === 4 ? [4, 8n] : [8, 16n];
  const parts = Array.from(
    { length: count },
    (_, i) => (number >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n),
  );
  return family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}

export const ipLibrary: Library = [
  ['isIP(string): bool', (text: string) => parseIp(text) !== undefined],
  ['ip(string): net.IP', ipOf],
  ['ip.isCanonical(string): bool', (text: string) => ipOf(text).content.text === text],
  ['string(net.IP): string', ({ content }: Ip) => content.text],
  ['net.IP.family(): int', ({ content }: Ip) => BigInt(content.family)],
  ['net.IP.isUnspecified(): bool', inRange('0.0.0.0/32', '::/128')],
  ['net.IP.isLoopback(): bool', inRange('127.0.0.0/8', '::1/128')],
  ['net.IP.isLinkLocalMulticast(): bool', inRange('224.0.0.0/24', 'ff02::/16')],
  ['net.IP.isLinkLocalUnicast(): bool', inRange('169.254.0.0/16', 'fe80::/10')],
  [
    'net.IP.isGlobalUnicast(): bool',
    (ip: Ip) =>
      !inRange(
        '0.0.0.0/32',
        '::/128',
        '127.0.0.0/8',
        '::1/128',
        '224.0.0.0/4',
        'ff00::/8',
        '169.254.0.0/16',
        'fe80::/10',
        '255.255.255.255/32',
      )(ip),
  ],
  ['isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined],
  ['cidr(string): net.CIDR', cidrOf],
  ['net.CIDR.ip(): net.IP', ({ content }: Cidr) => content.ip],
  ['net.CIDR.prefixLength(): int', ({ content }: Cidr) => BigInt(content.bits)],
  ['net.CIDR.masked(): net.CIDR', masked],
  ['net.CIDR.containsIP(net.IP): bool', contains],
  ['net.CIDR.containsIP(string): bool', (cidr: Cidr, text: string) => contains(cidr, ipOf(text))],
  ['net.CIDR.containsCIDR(net.CIDR): bool', containsCidr],
  ['net.CIDR.containsCIDR(string): bool', (cidr: Cidr, text: string) => containsCidr(cidr, cidrOf(text))],
  ['string(net.CIDR): string', ({ content: { ip, bits } }: Cidr) => `${ip.content.text}/${bits}`],
];

type Format = Opaque<(text: string) => string[]>;
const formatValue = (name: string): Format => new Opaque('kubernetes.NamedFormat', formats[name] ?? (() => []), name);

function validate({ content }: Format, text: string): CelValue {
  const problems = content(text);
  return problems.length === 0 ? OptionalValue.none : new OptionalValue(problems);
}

export const formatLibrary: Library = [
  ...Object.keys(formats).map((name): Library[number] => [
    `format.${name}(): kubernetes.NamedFormat`,
    () => formatValue(name),
  ]),
  [
    'format.named(string): optional<kubernetes.NamedFormat>',
    (name: string) => (Object.hasOwn(formats, name) ? new OptionalValue(formatValue(name)) : OptionalValue.none),
  ],
  ['kubernetes.NamedFormat.validate(string): optional<list<string>>', validate],
];
