// Which addresses are taken, though not everybody reads them alike? Source: apimachinery's GetWarningsForIP and
// GetWarningsForCIDR.

import { isIP } from 'node:net';
import { bitsOf, canonicalIp, isCidr, withoutZeros } from './ip-rules.ts';

/** What is said of an address that is written as it had better not be. What is no address is nobody's concern here. */
export function warnIp(field: string, text: string): string[] {
  // An IPv4 address that can be read strictly has no other form.
  if (isIP(text) === 4) return [];
  const ip = withoutZeros(text);
  const family = ip.includes('%') ? 0 : isIP(ip);
  if (family === 0) return [];
  const canonical = textOf(bitsOf(ip));
  if (canonical === text) return [];
  return isIP(canonical) === 4
    ? [`${field}: non-standard IP address ${quote(text)} is invalid: use ${quote(canonical)}`]
    : [`${field}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`];
}

/** The same of the addresses of a load balancer. */
export function warnBalancer(ingress: { ip?: string }[] | undefined): string[] {
  return (ingress ?? []).flatMap(({ ip }, index) => (ip ? warnIp(`status.loadBalancer.ingress[${index}]`, ip) : []));
}

/** The same of a range of addresses. */
export function warnCidr(field: string, text: string): string[] {
  if (!isCidr(text)) return [];
  const [written = '', length = ''] = text.split('/');
  const bits = bitsOf(withoutZeros(written));
  const size = Number(length);
  const masked = bits.slice(0, size).padEnd(bits.length, '0');
  const isPlain = isIP(written) !== 0 && !/^0\d/.test(length) && !isMapped(bits);
  const warnings: string[] = [];
  if (masked !== bits) {
    const one = `${textOf(bits)}/${bits.length}`;
    warnings.push(
      `${field}: CIDR value ${quote(text)} is ambiguous in this context (should be ${quote(rangeOf(masked, size))} or ${quote(one)}?)`,
    );
  }
  if (!isPlain)
    warnings.push(`${field}: non-standard CIDR value ${quote(text)} is invalid: use ${quote(rangeOf(masked, size))}`);
  const canonical = rangeOf(bits, size);
  if (warnings.length === 0 && canonical !== text)
    warnings.push(
      `${field}: IPv6 CIDR value ${quote(text)} should be in RFC 5952 canonical format (${quote(canonical)})`,
    );
  return warnings;
}

const quote = JSON.stringify;
const mappedPrefix = '0'.repeat(80) + '1'.repeat(16);
const isMapped = (bits: string): boolean => bits.length === 128 && bits.startsWith(mappedPrefix);

/** An address of IPv6 that stands for one of IPv4 is written as that. */
function textOf(bits: string): string {
  if (isMapped(bits)) return textOf(bits.slice(mappedPrefix.length));
  if (bits.length === 32) return numbersOf(bits, 8).join('.');
  return canonicalIp(
    numbersOf(bits, 16)
      .map((group) => group.toString(16))
      .join(':'),
  );
}

function rangeOf(bits: string, size: number): string {
  return `${textOf(bits)}/${isMapped(bits) ? size - mappedPrefix.length : size}`;
}

function numbersOf(bits: string, width: number): number[] {
  return Array.from({ length: bits.length / width }, (_, index) =>
    Number.parseInt(bits.slice(index * width, (index + 1) * width), 2),
  );
}
