// How do the pieces of a request's headers become one block? HEADERS, and CONTINUATION frames behind them.
// Source: RFC 9113, 6.2 and 6.10.

import { ConnectionError, errorCodes, flags, frameTypes, protocolBroken, StreamError, sizeWrong } from './frames.ts';
import { payloadOf } from './padding.ts';

/** Headers above this are refused; the block is decoded, because later ones refer to it. */
const blockBytesMax = 64 * 1024;
/** A block above this, or in more pieces, ends the connection. */
const heldBytesMax = 256 * 1024;
const piecesMax = 64;
const priorityBytes = 5;

export interface HeaderBlock {
  stream: number;
  endsStream: boolean;
  isWhole: boolean;
  isTooLarge: boolean;
  dependsOnItself: boolean;
  pieces: Buffer[];
  bytes(): Buffer;
}

interface Piece {
  id: number;
  type: number;
  set: number;
  payload: Buffer;
}

/** `block` with one more piece, or a new one. Throws ConnectionError if there is nothing to continue, or too much. */
export function assembleHeaders(block: HeaderBlock | undefined, { id, type, set, payload }: Piece): HeaderBlock {
  const isWhole = (set & flags.endHeaders) !== 0;
  if (type === frameTypes.continuation) {
    if (!block) throw protocolBroken('There are no headers to continue');
    const pieces = [...block.pieces, payload];
    const length = pieces.reduce((total, piece) => total + piece.length, 0);
    if (length > heldBytesMax || pieces.length > piecesMax)
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'The headers have no end');
    return { ...block, pieces, isWhole, isTooLarge: length > blockBytesMax, bytes: () => Buffer.concat(pieces) };
  }
  if (id === 0) throw protocolBroken('HEADERS are of no stream');
  const fragment = payloadOf(payload, set);
  const hasPriority = (set & flags.priority) !== 0;
  if (hasPriority && fragment.length < priorityBytes) throw sizeWrong('HEADERS are too short for their priority');
  const piece = hasPriority ? fragment.subarray(priorityBytes) : fragment;
  return {
    stream: id,
    endsStream: (set & flags.endStream) !== 0,
    isWhole,
    isTooLarge: false,
    dependsOnItself: hasPriority && (fragment.readUInt32BE(0) & 0x7fffffff) === id,
    pieces: [piece],
    bytes: () => piece,
  };
}

export function headersTooLarge(): StreamError {
  return new StreamError(errorCodes.enhanceYourCalm, 'The headers are too large');
}
