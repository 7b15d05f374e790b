// Is a text an address or a range that upstream takes? Source: apimachinery's util/validation/ip.go, with strict parsing.

import { isIP } from 'node:net';
import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { NameRule } from '../../apimachinery/validation.ts';

const addressMessage = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const rangeMessage = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const isMapped = (ip: string): boolean => /^(?:0{0,4}:){1,5}:?ffff:/i.test(ip) || /^::ffff:/i.test(ip);

/** An IPv4 address as upstream's lenient parser reads it: zeros before its numbers count for nothing. */
export const withoutZeros = (ip: string): string => ip.replace(/(^|\.)0+(?=\d)/g, '$1');

/** An IP address; those that were there before are not looked at. */
export function validateIp(field: string, ip: string, before: readonly string[] = []): StatusCause[] {
  const why = before.includes(ip) ? undefined : whyNotIp(ip);
  return why === undefined ? [] : [invalidValue(field, ip, why)];
}

function whyNotIp(ip: string): string | undefined {
  if (isIP(ip) === 0 || ip.includes('%'))
    return isIP(withoutZeros(ip)) === 4 ? 'must not have leading 0s' : addressMessage;
  return isMapped(ip) ? 'must not be an IPv4-mapped IPv6 address' : undefined;
}

/** Names that are addresses, in the one form that each has. */
export const ipName: NameRule = (name) => {
  const why = whyNotIp(name);
  if (why !== undefined) return [why];
  const canonical = canonicalIp(name);
  return name === canonical ? [] : [`must be in canonical form ("${canonical}")`];
};

/** The one form that an address has. Source: RFC 5952. */
export const canonicalIp = (ip: string): string =>
  isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;

/** Can the text be read as a range of addresses, be it written as none should be? */
export function isCidr(cidr: string): boolean {
  const [ip = '', length = '', more] = cidr.split('/');
  const family = isIP(withoutZeros(ip));
  return more === undefined && family !== 0 && /^\d+$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

/** Is the range a part of the other, smaller than it? Both can be read. */
export function isStrictlyWithin(cidr: string, outer: string): boolean {
  const [ip = '', length = ''] = cidr.split('/').map(withoutZeros);
  const [outerIp = '', outerLength = ''] = outer.split('/').map(withoutZeros);
  if (isIP(ip) !== isIP(outerIp) || Number(length) <= Number(outerLength)) return false;
  const shared = Number(outerLength);
  return bitsOf(ip).slice(0, shared) === bitsOf(outerIp).slice(0, shared);
}

/** A range of addresses: `10.0.0.0/8`. */
export function validateCidr(field: string, cidr: string, before: readonly string[] = []): StatusCause[] {
  if (before.includes(cidr)) return [];
  const [ip = '', length = ''] = cidr.split('/');
  if (!isCidr(cidr)) return [invalidValue(field, cidr, rangeMessage)];
  if (isIP(ip) === 0 || /^0\d/.test(length))
    return [invalidValue(field, cidr, 'must not have leading 0s in IP or prefix length')];
  if (isMapped(ip)) return [invalidValue(field, cidr, 'must not have an IPv4-mapped IPv6 address')];
  const rest = bitsOf(ip).slice(Number(length));
  return rest.includes('1') ? [invalidValue(field, cidr, 'must not have bits set beyond the prefix length')] : [];
}

/** Addresses that name no host that others can reach. */
export function specialIp(field: string, ip: string): StatusCause[] {
  if (isIP(ip) === 0) return [invalidValue(field, ip, 'must be a valid IP address')];
  const bits = bitsOf(ip);
  const startsWith = (...ranges: string[]): boolean =>
    ranges.some((range) => {
      const [start = '', length = ''] = range.split('/');
      return isIP(start) === isIP(ip) && bits.startsWith(bitsOf(start).slice(0, Number(length)));
    });
  const rules: [boolean, string][] = [
    [!bits.includes('1'), `may not be unspecified (${ip})`],
    [startsWith('127.0.0.0/8', '::1/128'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    [startsWith('169.254.0.0/16', 'fe80::/10'), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    [startsWith('224.0.0.0/24', 'ff02::/16'), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ];
  return rules.flatMap(([isSo, message]) => (isSo ? [invalidValue(field, ip, message)] : []));
}

/** The address as a text of 32 or 128 digits. */
export function bitsOf(ip: string): string {
  if (isIP(ip) === 4)
    return ip
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const plain = ip.replace(/\d+\.\d+\.\d+\.\d+$/, hexGroups);
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}

/** The last 32 bits of an IPv6 address that are written as an IPv4 address, as two groups. */
function hexGroups(ip: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
