// How does a large answer leave? A piece at a time, so that handling it holds up nobody.

const pieceBytes = 256 * 1024;

/** `chunks` put together to pieces of about 256 KiB. */
export function* piecesOf(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let piece: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    piece.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(piece);
    piece = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(piece);
}
