// How does the agent reach its supervisor? HTTP on a UNIX socket that only the node's user may open.

import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TerminalSize } from '../../base/kernel-terminal.ts';
import type { ProcessRuntime } from '../runtime/process/process-runtime.ts';
import {
  type ContainerLimits,
  type ContainerSpec,
  NotRunningError,
  type RuntimeEvent,
  StartError,
} from '../runtime/types.ts';
import { streamOutput, takeInput } from './attachments.ts';
import type { DeadMan } from './dead-man.ts';
import type { ExecPlanRequest, PetRequest, Refusal, ReleaseRequest, StopRequest, SupervisorInfo } from './protocol.ts';
import { EarlierBootError, VolumeFencedError, type VolumeHold, type VolumeTable } from './volume-table.ts';

export interface SocketServerDeps {
  runtime: ProcessRuntime;
  table: VolumeTable;
  deadMan: DeadMan | undefined;
  info: () => SupervisorInfo;
}

/** Serves until `signal` aborts. Rejects if the socket cannot be made. */
export async function serveSocket(path: string, deps: SocketServerDeps, signal: AbortSignal): Promise<void> {
  await rm(path, { force: true });
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer({ request, response }, deps, signal).catch((error: unknown) => refuse(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

// A request's own end is no reason to stop its work: an agent that dies while a container starts finds it again.
async function answer({ request, response }: Exchange, deps: SocketServerDeps, signal: AbortSignal): Promise<void> {
  const { runtime, table } = deps;
  const [, , kind, id, verb] = (request.url ?? '').split('/');
  switch (`${request.method} ${kind}${id ? '/id' : ''}${verb ? `/${verb}` : ''}`) {
    case 'GET info':
      return send(response, deps.info());
    case 'GET containers':
      return send(response, { containers: runtime.list() });
    case 'GET usage':
      return send(response, { containers: await runtime.usage() });
    case 'GET events':
      return streamEvents(response, runtime);
    case 'POST containers': {
      const spec = await body<ContainerSpec>(request);
      // Check and start in one turn, so that no fence comes between them.
      table.check(spec.volumes);
      return send(response, await runtime.start(spec, signal));
    }
    case 'POST containers/id/stop':
      runtime.stop(id ?? '', (await body<StopRequest>(request)).graceMs);
      return send(response, {});
    case 'POST containers/id/exec': {
      const { argv } = await body<ExecPlanRequest>(request);
      return send(response, runtime.execPlan(id ?? '', argv));
    }
    case 'POST containers/id/limits':
      return send(response, await runtime.setLimits(id ?? '', await body<ContainerLimits>(request)));
    case 'GET containers/id/output':
      return streamOutput(response, runtime.attachment(id ?? ''));
    case 'POST containers/id/input':
      await takeInput(request, runtime.attachment(id ?? ''));
      return send(response, {});
    case 'POST containers/id/resize': {
      const size = await body<TerminalSize>(request);
      runtime.attachment(id ?? '').io.resize?.(size);
      return send(response, {});
    }
    case 'DELETE containers/id':
      runtime.remove(id ?? '');
      return send(response, {});
    case 'POST volumes':
      table.hold(await body<VolumeHold>(request));
      return send(response, {});
    case 'DELETE volumes': {
      const { podUID, volumeHandle } = await body<ReleaseRequest>(request);
      if (podUID === undefined) table.releaseStaged(volumeHandle);
      else table.release(podUID, volumeHandle);
      return send(response, {});
    }
    case 'POST pet': {
      const { deadlineBoottimeMs } = await body<PetRequest>(request);
      if (!deps.deadMan)
        return reject(response, 409, { reason: 'BadRequest', message: "this node's dead-man's switch is off" });
      await deps.deadMan.pet(deadlineBoottimeMs);
      return send(response, {});
    }
    default:
      return reject(response, 404, {
        reason: 'BadRequest',
        message: `no such route: ${request.method} ${request.url}`,
      });
  }
}

function streamEvents(response: ServerResponse, runtime: ProcessRuntime): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const write = (event: RuntimeEvent): void => void response.write(`${JSON.stringify(event)}\n`);
  write({ type: 'snapshot', containers: runtime.list() });
  const stop = runtime.onEvent(write);
  response.on('close', stop);
}

function refuse(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StartError) return reject(response, 422, { reason: error.reason, message });
  if (error instanceof VolumeFencedError) return reject(response, 409, { reason: 'VolumeFenced', message });
  if (error instanceof EarlierBootError) return reject(response, 409, { reason: 'EarlierBoot', message });
  if (error instanceof NotRunningError) return reject(response, 409, { reason: 'NotRunning', message });
  if (error instanceof SyntaxError) return reject(response, 400, { reason: 'BadRequest', message });
  return reject(response, 500, { reason: 'InternalError', message });
}

function send(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function reject(response: ServerResponse, code: number, refusal: Refusal): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(refusal));
}

async function body<T>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}
