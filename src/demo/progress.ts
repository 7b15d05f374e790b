// How does somebody who waits see that something goes on? One line a step, to standard error of a terminal.

import { duration } from './report.ts';

export interface Progress {
  begin(title: string): void;
  /** Something worth knowing amid a step. */
  note(text: string): void;
  end(ms: number): void;
}

/** Progress for a terminal, or for nobody. */
export function terminalProgress({
  write,
  isTerminal,
}: {
  write: (text: string) => void;
  isTerminal: boolean;
}): Progress {
  if (!isTerminal) return { begin: () => {}, note: () => {}, end: () => {} };
  return {
    begin: (title) => write(`• ${title} …\n`),
    note: (text) => write(`    ${text}\n`),
    end: (ms) => write(`    done in ${duration(ms)}\n`),
  };
}
