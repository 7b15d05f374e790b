// How does LMDB get what was written without holding up who decides about writes? From a thread of its own, which is sent
// the records of the log.

import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';
import { StoreFullError } from './errors.ts';
import { type Commits, DirectCommits, type Piece } from './lmdb-commits.ts';
import { mapTables } from './lmdb-open.ts';

type Request = { takeOver: Piece } | { startAt: number } | { close: true };

/** Errors lose their class on the way between threads. */
type Answer = { isDone: true } | { isDone: false; isFull: boolean; message: string; cause: string };

/** Commits in a thread that runs `program` (`src/cmd/state-writer.ts`, built). It starts with the first commit, and anew if it has ended. */
export class ThreadCommits implements Commits {
  readonly #path: string;
  readonly #program: string;
  #worker: Worker | undefined;

  constructor({ path, program }: { path: string; program: string }) {
    this.#path = path;
    this.#program = program;
  }

  takeOver(piece: Piece): Promise<void> {
    // Not copied: the copies would be more memory for this thread to collect.
    return this.#ask(
      { takeOver: piece },
      piece.records.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  startAt(revision: number): Promise<void> {
    return this.#ask({ startAt: revision });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = once(worker, 'exit');
    worker.postMessage({ close: true } satisfies Request);
    await ended;
  }

  #ask(request: Request, given: readonly ArrayBuffer[] = []): Promise<void> {
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const settle = (task: () => void): void => {
        worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
        task();
      };
      const onAnswer = (answer: Answer): void => settle(() => (answer.isDone ? resolve() : reject(errorOf(answer))));
      const failed = (cause: unknown): Error =>
        new Error('Cannot write the state: the thread that writes it has ended', { cause });
      const onError = (error: unknown): void => settle(() => reject(failed(error)));
      const onExit = (code: number): void => settle(() => reject(failed(`exit code ${code}`)));
      worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
      worker.postMessage(request, given);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { workerData: this.#path });
    // Whoever asked hears of it; between two commits nobody does, and the next one starts another thread.
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    worker.on('error', forget).on('exit', forget);
    return worker;
  }
}

function errorOf({ isFull, message, cause }: Extract<Answer, { isDone: false }>): Error {
  return isFull ? new StoreFullError(message, { cause }) : new Error(message, { cause });
}

/** The thread's end: does what it is asked on `port`, for the store in the folder `path`, until it is told to close. */
export function serveCommits(port: MessagePort, path: string): void {
  const { root, tables } = mapTables(path);
  const commits = new DirectCommits({ path, root, tables });
  const run = async (request: Request): Promise<void> => {
    if ('close' in request) {
      await root.close();
      port.close();
      return;
    }
    try {
      await ('takeOver' in request ? commits.takeOver(request.takeOver) : commits.startAt(request.startAt));
      port.postMessage({ isDone: true } satisfies Answer);
    } catch (error) {
      const { message, cause } = error as Error;
      const isFull = error instanceof StoreFullError;
      port.postMessage({ isDone: false, isFull, message, cause: String(cause) } satisfies Answer);
    }
  };
  port.on('message', (request: Request) => void run(request));
}
