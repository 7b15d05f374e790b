// What of a process can tests change under each other? Its state outside of modules, and what goes on in it.

import { inspect } from 'node:util';

/** Names of what was looked at, with what was there. */
export type Traces = ReadonlyMap<string, unknown>;

const world = globalThis as unknown as Record<string, object & { prototype?: object }>;

/** Globals that tests are wont to replace, whole or field by field. */
const builtIns = ['Object', 'Array', 'String', 'Number', 'Map', 'Set', 'Promise', 'Date', 'Buffer', 'Math', 'JSON'];
const functions = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'];

/** Kinds of what keeps a process busy, as Node.js calls them: a server, a child process, a file that is watched. */
const busy = new Set(['TCPServerWrap', 'PipeServerWrap', 'ProcessWrap', 'FSEventWrap', 'StatWatcher', 'MessagePort']);

/** The traces of what has happened in this process so far. */
export function tracesOf(): Traces {
  const traces = new Map<string, unknown>([['the working directory', process.cwd()]]);
  for (const [name, value] of Object.entries(process.env)) traces.set(`the environment variable ${name}`, value);
  for (const name of process.eventNames())
    traces.set(`listeners of the process for ${String(name)}`, process.listenerCount(name));
  for (const name of Object.getOwnPropertyNames(globalThis)) traces.set(`the global ${name}`, true);
  for (const name of [...builtIns, ...functions]) traces.set(`the value of the global ${name}`, world[name]);
  for (const name of builtIns)
    for (const [holder, fields] of [
      [name, world[name]],
      [`${name}.prototype`, world[name]?.prototype],
    ] as const)
      for (const [field, { value }] of Object.entries(Object.getOwnPropertyDescriptors(fields ?? {})))
        traces.set(`${holder}.${field}`, value);
  for (const kind of process.getActiveResourcesInfo().filter((each) => busy.has(each)))
    traces.set(`resources of the kind ${kind}`, Number(traces.get(`resources of the kind ${kind}`) ?? 0) + 1);
  return traces;
}

/** What differs, in words, in the order of the alphabet. */
export function differences(before: Traces, after: Traces): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => !Object.is(before.get(name), after.get(name)))
    .map((name) => `${name}: ${shown(before.get(name))} before, ${shown(after.get(name))} now`)
    .toSorted();
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
}
