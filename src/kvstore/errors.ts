// What can go wrong with a store, beyond a lost compare-and-swap? Outcomes that the API server or a person must act on.

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

/** The store can't be reached or does not answer now. Nothing was written: the call may be made again. */
export class StoreUnavailableError extends Error {
  override readonly name: string = 'StoreUnavailableError';
}

/** The store and this client do not accept each other: that does not pass until somebody changes a certificate or a user. */
export class StoreForbiddenError extends StoreUnavailableError {
  override readonly name = 'StoreForbiddenError';
}

/** A write was sent and no answer came: it may have been done or not, or be done later. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';
}

/** There is no room for the write. It was not done; reads go on, and writes when there is room again. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}

/** The store does not take values, or keys, of this size. The write was not done. */
export class ValueTooLargeError extends Error {
  override readonly name = 'ValueTooLargeError';
}
