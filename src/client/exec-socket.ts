// How does a command's output come back? Over a WebSocket that speaks v5.channel.k8s.io:
// the first byte of each message names its channel.

import { WebSocket } from 'ws';
import type { TlsIdentity } from '../base/tls.ts';
import { type StatusBody, statusErrorOf, statusErrorOfAnswer } from './status-response.ts';
import { type ExecResult, UnreachableError } from './types.ts';

const stdoutChannel = 1;
const stderrChannel = 2;
const errorChannel = 3;

export interface ExecTarget {
  /** `wss://host:port/api/v1/namespaces/…/exec?command=…`. */
  url: string;
  identity: TlsIdentity;
}

/**
 * Runs the command that `url` names to its end. Rejects with StatusError if the server refuses or could not
 * run it, with UnreachableError if the stream broke off before the command's status came.
 */
export function execOverWebSocket({ url, identity }: ExecTarget, signal: AbortSignal): Promise<ExecResult> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ['v5.channel.k8s.io'], { ...identity });
    const output = new ExecOutput();
    let cause: unknown;
    const onAbort = (): void => {
      reject(signal.reason);
      socket.terminate();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('message', (data: Buffer, isBinary) => output.take(isBinary ? data : Buffer.from(data)));
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      response.on('end', () => {
        reject(statusErrorOfAnswer(response.statusCode ?? 500, text));
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      settle(output, { resolve, reject, cause });
    });
  });
}

interface Settle {
  resolve: (result: ExecResult) => void;
  reject: (error: unknown) => void;
  cause: unknown;
}

function settle(output: ExecOutput, { resolve, reject, cause }: Settle): void {
  if (!output.status) {
    reject(new UnreachableError('The exec stream broke off before the command ended', { cause }));
    return;
  }
  const exitCode = exitCodeOf(output.status);
  if (exitCode === undefined) reject(statusErrorOf(output.status));
  else resolve({ exitCode, stdout: output.stdout, stderr: output.stderr });
}

class ExecOutput {
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  #status: StatusBody | undefined;

  take(message: Buffer): void {
    const payload = message.subarray(1);
    switch (message[0]) {
      case stdoutChannel:
        this.#stdout.push(payload);
        return;
      case stderrChannel:
        this.#stderr.push(payload);
        return;
      case errorChannel:
        this.#status = JSON.parse(payload.toString('utf8')) as StatusBody;
        return;
      default:
        // Channel 255 closes a stream of ours; other channels carry nothing that a command's caller needs.
        return;
    }
  }

  get status(): StatusBody | undefined {
    return this.#status;
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString('utf8');
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8');
  }
}

/** 0 on success, the code of a command that failed, undefined if no command ran. */
function exitCodeOf(status: StatusBody): number | undefined {
  if (status.status === 'Success') return 0;
  if (status.reason !== 'NonZeroExitCode') return undefined;
  const cause = status.details?.causes?.find((each) => each.reason === 'ExitCode');
  const code = Number(cause?.message);
  return Number.isInteger(code) ? code : undefined;
}
