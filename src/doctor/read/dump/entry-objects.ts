// Which objects does one file hold? JSON or YAML, told apart by what they look like; UTF-16 as Windows shells write it.

import type { Entry } from './entries.ts';
import { JsonObjects, type JsonSink } from './json-objects.ts';
import { YamlObjects } from './yaml-objects.ts';

export type EntryForm = 'json' | 'yaml' | 'binary' | 'other';

export interface EntryEnd {
  form: EntryForm;
  /** Why not everything in it was found; undefined if it was. */
  brokenBy: string | undefined;
}

const headBytes = 4096;

/** Gives every object of the entry to `sink`. Never rejects for what stands in it, or if it breaks off. */
export async function entryObjects(entry: Entry, sink: JsonSink): Promise<EntryEnd> {
  let head: Buffer = Buffer.alloc(0);
  let reader: Reader | undefined;
  try {
    for await (const chunk of asUtf8(entry.bytes)) {
      if (reader) {
        reader.write(chunk);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < headBytes) continue;
      reader = readerFor(head, { entry, sink });
      reader.write(head);
    }
  } catch (error) {
    reader ??= beginWith(head, { entry, sink });
    reader.end();
    return { form: reader.form, brokenBy: `it breaks off (${(error as Error).message})` };
  }
  reader ??= beginWith(head, { entry, sink });
  return { form: reader.form, brokenBy: reader.end() };
}

interface Reader {
  form: EntryForm;
  write: (chunk: Uint8Array) => void;
  /** Why not everything was whole. */
  end: () => string | undefined;
}

interface Place {
  entry: Entry;
  sink: JsonSink;
}

function beginWith(head: Buffer, place: Place): Reader {
  const reader = readerFor(head, place);
  reader.write(head);
  return reader;
}

function readerFor(head: Buffer, { entry, sink }: Place): Reader {
  const form = formOf(head.subarray(0, headBytes), entry.path);
  if (form === 'json') return jsonReader(sink);
  if (form === 'yaml') return yamlReader(sink);
  return { form, write: () => {}, end: () => undefined };
}

function formOf(head: Buffer, path: string): EntryForm {
  if (head.includes(0)) return 'binary';
  if (path.endsWith('.log')) return 'other';
  const text = head.toString('utf8');
  if (/^\s*[{[]/.test(text)) return 'json';
  if (/^(?:apiVersion|kind|items|metadata):/m.test(text)) return 'yaml';
  // `kubectl cluster-info dump` to one file may begin with logs.
  return text.startsWith('==== START logs') ? 'json' : 'other';
}

function jsonReader(sink: JsonSink): Reader {
  const objects = new JsonObjects(sink);
  return {
    form: 'json',
    write: (chunk) => objects.write(chunk),
    end: () => objects.broken ?? (objects.end() ? undefined : 'it breaks off'),
  };
}

function yamlReader(sink: JsonSink): Reader {
  const objects = new YamlObjects(sink);
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) objects.line(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  return {
    form: 'yaml',
    write: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      const isLastLineWhole = rest === '';
      // A last line without its end was cut off, or its end was forgotten: outside of lists YAML can't tell.
      if (!isLastLineWhole) objects.line(rest);
      return objects.end({ isLastLineWhole }) ? undefined : 'it breaks off';
    },
  };
}

/** Without a byte order mark, and from UTF-16 if there was one of that. */
async function* asUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = true;
  for await (const chunk of bytes) {
    if (isFirst) {
      isFirst = false;
      if (chunk[0] === 0xff && chunk[1] === 0xfe) decoder = new TextDecoder('utf-16le');
      else if (chunk[0] === 0xfe && chunk[1] === 0xff) decoder = new TextDecoder('utf-16be');
      else if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) {
        yield chunk.subarray(3);
        continue;
      }
    }
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
  }
}
