// Why can a store not be opened? Two outcomes that a person must act on.

/** The folder was written by a newer Amarre. Nothing was changed. */
export class UnsupportedFormatError extends Error {
  override readonly name = 'UnsupportedFormatError';
  readonly path: string;
  readonly found: number;
  readonly supported: number;

  constructor(path: string, { found, supported }: { found: number; supported: number }) {
    super(
      `Cannot open the state in ${path}: it has format ${found}, this version reads up to format ${supported}. ` +
        'Use the Amarre version that wrote it, or another --data-dir.',
    );
    this.path = path;
    this.found = found;
    this.supported = supported;
  }
}

/** The file is damaged. Nothing was changed. */
export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
  readonly path: string;

  constructor(path: string, what: string, options?: ErrorOptions) {
    super(
      `Cannot open the state in ${path}: ${what}. ` +
        'Put a copy of this folder back from a backup, or move it away and start with an empty one.',
      options,
    );
    this.path = path;
  }
}
