// How is a command written so that it can be pasted as it is?

const plainWord = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** A word that only whoever pastes the command knows. Until it is set, the shell refuses the command and says `what` is missing. */
export interface Blank {
  /** Put before it: `--bucket=`. */
  prefix: string;
  /** Of the shell's variable: `BUCKET`. */
  variable: string;
  what: string;
}

/** `"${BUCKET:?the name of the bucket}"`. */
export function blank(variable: string, what: string, prefix = ''): Blank {
  return { prefix, variable, what };
}

/** A command line for a POSIX shell; words that need it are quoted. */
export function commandLine(...words: readonly (string | Blank)[]): string {
  return words.map((word) => (typeof word === 'string' ? quoted(word) : filledIn(word))).join(' ');
}

/** `kubectl … -n namespace`. */
export function kubectl(words: readonly (string | Blank)[], namespace?: string): string {
  return commandLine('kubectl', ...words, ...(namespace ? ['-n', namespace] : []));
}

/** Creates `object`, which needs no file: `printf %s '{…}' | kubectl create -f -`. A `Blank` may stand for any text in it. */
export function create(object: object): string {
  const blanks: Blank[] = [];
  const json = JSON.stringify(object, (_, value: unknown) =>
    isBlank(value) ? `${value.prefix}\0${blanks.push(value) - 1}\0` : value,
  );
  // Outside of the single quotes for as long as the variable takes.
  const line = commandLine('printf', '%s', json).replaceAll(
    /\\u0000(\d+)\\u0000/g,
    (_, index) => `'${filledIn({ ...(blanks[Number(index)] as Blank), prefix: '' })}'`,
  );
  return `${line} | kubectl create -f -`;
}

function isBlank(value: unknown): value is Blank {
  return typeof value === 'object' && value !== null && 'variable' in value && 'what' in value;
}

function quoted(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function filledIn({ prefix, variable, what }: Blank): string {
  return `${prefix && quoted(prefix)}"\${${variable}:?${what}}"`;
}
