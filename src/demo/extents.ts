// Where can two files differ at all? Files on one XFS that share their blocks are equal there without being read. Pure.

/** A stretch of a file and the blocks that hold it, in bytes. */
export interface Extent {
  offset: number;
  length: number;
  physical: number;
  /** Allocated but never written: reads as zeros. */
  unwritten: boolean;
}

export interface ByteRange {
  offset: number;
  length: number;
}

const sectorBytes = 512;
const unwrittenFlag = 0x800;

/** Reads what `xfs_io -c 'fiemap -v' FILE` prints. Holes are left out. */
export function parseFiemap(text: string): Extent[] {
  const line = /^\s*\d+:\s+\[(\d+)\.\.(\d+)\]:\s+(\d+)\.\.\d+\s+\d+\s+0x([0-9a-f]+)/gim;
  return [...text.matchAll(line)].map(([, first, last, block, flags]) => ({
    offset: Number(first) * sectorBytes,
    length: (Number(last) - Number(first) + 1) * sectorBytes,
    physical: Number(block) * sectorBytes,
    unwritten: (Number.parseInt(flags ?? '0', 16) & unwrittenFlag) !== 0,
  }));
}

/** The stretches that must be read to know whether two files are equal. Both lists are in order of offset. */
export function unsharedRanges(a: readonly Extent[], b: readonly Extent[]): ByteRange[] {
  const bounds = new Set<number>();
  for (const { offset, length } of [...a, ...b]) bounds.add(offset).add(offset + length);
  const edges = [...bounds].sort((x, y) => x - y);
  const ranges: ByteRange[] = [];
  const inA = cursor(a);
  const inB = cursor(b);
  for (let index = 1; index < edges.length; index++) {
    const offset = edges[index - 1] ?? 0;
    const length = (edges[index] ?? 0) - offset;
    if (inA(offset) === inB(offset)) continue;
    const last = ranges.at(-1);
    if (last && last.offset + last.length === offset) last.length += length;
    else ranges.push({ offset, length });
  }
  return ranges;
}

/** Block that holds an offset, `zeros` where nothing was written. */
type Place = number | 'zeros';

/** Answers for rising offsets. */
function cursor(extents: readonly Extent[]): (offset: number) => Place {
  let index = 0;
  return (offset) => {
    for (;;) {
      const extent = extents[index];
      if (!extent || offset < extent.offset) return 'zeros';
      if (offset < extent.offset + extent.length)
        return extent.unwritten ? 'zeros' : extent.physical + offset - extent.offset;
      index += 1;
    }
  };
}
