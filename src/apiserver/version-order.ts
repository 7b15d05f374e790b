// Which of two API versions is preferred? apimachinery's kube-aware order.

interface Rank {
  isKubeLike: boolean;
  numbers: [stage: number, major: number, minor: number];
}

const kubeLike = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;

/** Negative if `a` comes first: stable before beta before alpha, the highest number first, other names last and by alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (!left.isKubeLike && !right.isKubeLike) return a < b ? -1 : a > b ? 1 : 0;
  if (left.isKubeLike !== right.isKubeLike) return left.isKubeLike ? -1 : 1;
  for (const [i, number] of left.numbers.entries()) {
    const other = right.numbers[i] ?? 0;
    if (number !== other) return other - number;
  }
  return 0;
}

function rankOf(version: string): Rank {
  const [match, major = '0', stage, minor = '0'] = kubeLike.exec(version) ?? [];
  const stages = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return { isKubeLike: match !== undefined, numbers: [stages, Number(major), Number(minor)] };
}
