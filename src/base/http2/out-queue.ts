// What has one stream not sent yet? References to the bytes that its writer gave, copied only when they leave.

export class OutQueue {
  #chunks: readonly Uint8Array[] = [];
  /** The first chunk that is not gone, and how much of it is. */
  #first = 0;
  #offset = 0;
  #bytes = 0;

  /** How much is left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes `chunks` as they are: they must not change any more, nor may their list. */
  push(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.#bytes += chunk.length;
    this.#chunks = this.#first === this.#chunks.length ? chunks : [...this.#chunks.slice(this.#first), ...chunks];
    this.#first = 0;
  }

  /** Moves the next `size` bytes to `target`. */
  moveTo(target: Uint8Array, at: number, size: number): void {
    let to = at;
    let left = size;
    while (left > 0) {
      const chunk = this.#chunks[this.#first] as Uint8Array;
      const rest = chunk.length - this.#offset;
      if (rest <= left) {
        target.set(this.#offset === 0 ? chunk : chunk.subarray(this.#offset), to);
        this.#first += 1;
        this.#offset = 0;
        to += rest;
        left -= rest;
        continue;
      }
      target.set(chunk.subarray(this.#offset, this.#offset + left), to);
      this.#offset += left;
      left = 0;
    }
    this.#bytes -= size;
    if (this.#bytes === 0) this.clear();
  }

  clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#offset = 0;
    this.#bytes = 0;
  }
}
