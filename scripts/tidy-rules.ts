// Which house rules can a program check? Each rule looks at one file's path and text and gives findings.

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  path: string;
  text: string;
}

export interface Finding {
  path: string;
  line: number;
  message: string;
}

const linesMax = 300;

// Files that may be longer, with the reason. This list may only shrink.
const longFiles: Record<string, string> = {};

const isSource = (path: string): boolean => /^src\/.*\.ts$/.test(path) && !path.includes('/generated/');
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/');

/** Findings of all rules that look at one file alone. */
export function checkFile(file: SourceFile): Finding[] {
  return [...checkLength(file), ...checkHead(file), ...checkWords(file)];
}

function checkLength({ path, text }: SourceFile): Finding[] {
  const lines = text.split('\n').length - 1;
  if (!isSource(path) || isTest(path) || longFiles[path] || lines <= linesMax) return [];
  return [{ path, line: linesMax, message: `has ${lines} lines; a file answers one question in at most ${linesMax}` }];
}

/** A file opens with the question it answers. */
function checkHead({ path, text }: SourceFile): Finding[] {
  if (!isSource(path) || isTest(path)) return [];
  const first = text.startsWith('#!') ? text.split('\n')[1] : text.split('\n')[0];
  if (first?.startsWith('// ') || first?.startsWith('/*')) return [];
  return [{ path, line: 1, message: 'does not open with a comment that says what it answers' }];
}

const forbiddenWords: { pattern: RegExp; why: string }[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, why: 'unfinished work belongs in an issue' },
  {
    pattern: /@ts-(?:ignore|expect-error|nocheck)|oxlint-disable|eslint-disable|biome-ignore/,
    why: 'a check is switched off',
  },
  { pattern: /\.(?:only|todo)\(/, why: 'a test is focused or missing' },
  { pattern: /\/work\/|\/root\//, why: 'a path of one machine' },
];

function checkWords({ path, text }: SourceFile): Finding[] {
  if (path.startsWith('scripts/tidy')) return [];
  return text
    .split('\n')
    .flatMap((content, index) =>
      forbiddenWords
        .filter(({ pattern }) => pattern.test(content))
        .map(({ why }) => ({ path, line: index + 1, message: `${why}: ${content.trim().slice(0, 80)}` })),
    );
}

/** Relative links in Markdown lead to files that exist. */
export function checkLinks(file: SourceFile, exists: (path: string) => boolean): Finding[] {
  if (!file.path.endsWith('.md')) return [];
  const folder = file.path.split('/').slice(0, -1).join('/');
  return file.text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !exists(normalise(`${folder}/${target}`)))
      .map((target) => ({ path: file.path, line: index + 1, message: `links to ${target}, which does not exist` })),
  );
}

/** References such as `src/x.ts#symbol` in Markdown name a symbol that the file has. */
export function checkSymbols(file: SourceFile, read: (path: string) => string | undefined): Finding[] {
  if (!file.path.endsWith('.md')) return [];
  return file.text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/`((?:src|test|scripts)\/[\w./-]+\.ts)(?:#(\w+))?`/g)].flatMap(([, path = '', symbol]) => {
      const text = read(path);
      if (text === undefined)
        return [{ path: file.path, line: index + 1, message: `names ${path}, which does not exist` }];
      if (!symbol || new RegExp(`\\b${symbol}\\b`).test(text)) return [];
      return [{ path: file.path, line: index + 1, message: `names ${path}#${symbol}, which is not there` }];
    }),
  );
}

/** The steps of a page and of the test that plays it have the same titles in the same order. */
export function checkStory(page: SourceFile, story: SourceFile): Finding[] {
  const steps = [...page.text.matchAll(/^## \d+\. (.+)$/gm)].map(([, title]) => title);
  const played = [...story.text.matchAll(/step\(\s*'([^']+)'/g)].map(([, title]) => title);
  if (JSON.stringify(steps) === JSON.stringify(played)) return [];
  return [
    {
      path: page.path,
      line: 1,
      message: `tells other steps than ${story.path} plays:\n  page ${steps.join(' | ')}\n  test ${played.join(' | ')}`,
    },
  ];
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
