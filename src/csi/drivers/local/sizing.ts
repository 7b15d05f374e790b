// How large does a volume become, and does it fit? Pure decisions over a request's capacity range.

import { RpcError } from '../../rpc-error.ts';
import type { CapacityRange } from '../../types.ts';

const mebibyte = 2 ** 20;

/** mkfs.xfs refuses smaller file systems. */
export const xfsMinimumBytes = 300 * mebibyte;
const defaultBytes = 1024 * mebibyte;

export interface SizeRule {
  /** The smallest volume that can be made: `xfsMinimumBytes` for a file system, or the size of the source. */
  minimumBytes: number;
}

/**
 * The size of a new volume: what is required, rounded up to whole mebibytes and to the minimum; 1 GiB when nothing
 * is required. Throws INVALID_ARGUMENT for a range that contradicts itself, OUT_OF_RANGE for one that can't be met.
 */
export function sizeOfNewVolume(range: CapacityRange | undefined, { minimumBytes }: SizeRule): number {
  const { requiredBytes, limitBytes } = checkRange(range);
  const wanted =
    requiredBytes === 0 && limitBytes > 0 ? Math.min(defaultBytes, limitBytes) : requiredBytes || defaultBytes;
  const size = roundUp(Math.max(wanted, minimumBytes));
  if (limitBytes > 0 && size > limitBytes) {
    // A size between two mebibytes is met exactly when the limit leaves no room to round.
    if (wanted >= minimumBytes && wanted <= limitBytes && wanted % 4096 === 0) return wanted;
    throw new RpcError(
      'OUT_OF_RANGE',
      `Cannot make a volume of at most ${limitBytes} bytes: the smallest that fits is ${size} bytes`,
    );
  }
  return size;
}

/** Does an existing volume satisfy the range of a repeated create? */
export function isInRange(capacityBytes: number, range: CapacityRange | undefined): boolean {
  const { requiredBytes, limitBytes } = checkRange(range);
  return capacityBytes >= requiredBytes && (limitBytes === 0 || capacityBytes <= limitBytes);
}

/** The size after an expansion. At least the current size: a volume never shrinks (CSI: ControllerExpandVolume). */
export function sizeOfExpandedVolume(currentBytes: number, range: CapacityRange | undefined): number {
  if (!range || (range.requiredBytes === 0 && range.limitBytes === 0)) {
    throw new RpcError('INVALID_ARGUMENT', 'capacity_range is required');
  }
  const { requiredBytes, limitBytes } = checkRange(range);
  if (limitBytes > 0 && limitBytes < currentBytes) {
    throw new RpcError(
      'OUT_OF_RANGE',
      `Cannot shrink the volume: requested at most ${limitBytes} bytes, current size ${currentBytes} bytes`,
    );
  }
  if (requiredBytes <= currentBytes) return currentBytes;
  return sizeOfNewVolume(range, { minimumBytes: currentBytes });
}

function checkRange(range: CapacityRange | undefined): CapacityRange {
  const { requiredBytes, limitBytes } = range ?? { requiredBytes: 0, limitBytes: 0 };
  if (requiredBytes < 0 || limitBytes < 0) {
    throw new RpcError(
      'INVALID_ARGUMENT',
      `capacity_range must not be negative, found ${requiredBytes} and ${limitBytes}`,
    );
  }
  if (limitBytes > 0 && requiredBytes > limitBytes) {
    throw new RpcError('INVALID_ARGUMENT', `required_bytes ${requiredBytes} is more than limit_bytes ${limitBytes}`);
  }
  return { requiredBytes, limitBytes };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / mebibyte) * mebibyte;
}
