// How is a command written so that it can be pasted as it is?

const plainWord = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** A command line for a POSIX shell; words that need it are quoted. */
export function commandLine(...words: readonly string[]): string {
  return words.map((word) => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** `kubectl … -n namespace`. */
export function kubectl(words: readonly string[], namespace?: string): string {
  return commandLine('kubectl', ...words, ...(namespace ? ['-n', namespace] : []));
}

/** Creates `object`, which needs no file: `printf %s '{…}' | kubectl create -f -`. */
export function create(object: object): string {
  return `${commandLine('printf', '%s', JSON.stringify(object))} | kubectl create -f -`;
}
