// Which release is this? The build puts the package's version in.

declare const AMARRE_VERSION: string | undefined;

export const version = typeof AMARRE_VERSION === 'undefined' ? '0.0.0-dev' : AMARRE_VERSION;
