// Semantic versions. Source: k8s.io/apiserver/pkg/cel/library/semverlib.go.

import type { Library } from '../functions.ts';
import { CelError } from '../values.ts';
import { Opaque } from './kubernetes.ts';

interface Version {
  numbers: [bigint, bigint, bigint];
  prerelease: string[];
}

type Semver = Opaque<Version>;

const strict =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z.-]+)?$/;

function parse(text: string, isLenient = false): Semver | undefined {
  const match = strict.exec(isLenient ? normalize(text) : text);
  if (!match) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = match;
  const numbers: Version['numbers'] = [BigInt(major), BigInt(minor), BigInt(patch)];
  const version = { numbers, prerelease: prerelease === '' ? [] : prerelease.split('.') };
  return new Opaque('kubernetes.Semver', version, `${numbers.join('.')}-${prerelease}`);
}

/** Drops a leading `v` and leading zeros, and adds missing parts. */
function normalize(text: string): string {
  const [, core = '', rest = ''] = /^v?([^+-]*)(.*)$/s.exec(text) ?? [];
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return `${parts.join('.')}${rest}`;
}

function required(text: string, isLenient = false): Semver {
  const version = parse(text, isLenient);
  if (!version)
    throw new CelError(`Semver parse error during conversion from string: No Major.Minor.Patch elements found`);
  return version;
}

/** By numbers, then a release before nothing, then identifiers one by one. */
function compare({ content: a }: Semver, { content: b }: Semver): bigint {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1n : 1n;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return (
      BigInt(Math.sign(b.prerelease.length - a.prerelease.length)) *
      (a.prerelease.length === b.prerelease.length ? 0n : 1n)
    );
  for (let i = 0; i < Math.max(a.prerelease.length, b.prerelease.length); i++) {
    const order = compareIdentifiers(a.prerelease[i], b.prerelease[i]);
    if (order !== 0) return BigInt(order);
  }
  return 0n;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (x !== y) return x ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

export const semverLibrary: Library = [
  ['isSemver(string): bool', (text: string) => parse(text) !== undefined],
  ['isSemver(string, bool): bool', (text: string, isLenient: boolean) => parse(text, isLenient) !== undefined],
  ['semver(string): kubernetes.Semver', (text: string) => required(text)],
  ['semver(string, bool): kubernetes.Semver', required],
  ['kubernetes.Semver.major(): int', ({ content }: Semver) => content.numbers[0]],
  ['kubernetes.Semver.minor(): int', ({ content }: Semver) => content.numbers[1]],
  ['kubernetes.Semver.patch(): int', ({ content }: Semver) => content.numbers[2]],
  ['kubernetes.Semver.compareTo(kubernetes.Semver): int', compare],
  ['kubernetes.Semver.isLessThan(kubernetes.Semver): bool', (a: Semver, b: Semver) => compare(a, b) < 0n],
  ['kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool', (a: Semver, b: Semver) => compare(a, b) > 0n],
];
