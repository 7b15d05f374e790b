// What does the benchmark ask a server beside the load? One request after the other.

import { encodeRequest, RawConnection } from './h2-client.ts';
import { collectionPath, configMap, namespaces, objectPath } from './objects.ts';
import type { RunningServer } from './server-process.ts';

/** Writes `count` versions of one object, each when the one before is answered. */
export async function writeInOrder({ port, admin }: RunningServer, count: number): Promise<void> {
  const connection = await RawConnection.open(port, admin, fail);
  for (let sequence = 0; sequence < count; sequence++) {
    const body = Buffer.from(JSON.stringify(configMap('watched', sequence)));
    await new Promise<void>((onEnd) => {
      connection.send(encodeRequest({ method: 'PUT', path: objectPath('watched'), body }), { onEnd });
    });
  }
  connection.close();
}

export async function currentRevision(server: RunningServer): Promise<string> {
  const text = await get(server, `${collectionPath(namespaces.writes)}?limit=1`);
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** How long a list of so many objects is. */
export async function listBytes(server: RunningServer, limit: number): Promise<number> {
  return Buffer.byteLength(await get(server, `${collectionPath(namespaces.reads)}?limit=${limit}`));
}

async function get({ port, admin }: RunningServer, path: string): Promise<string> {
  const connection = await RawConnection.open(port, admin, fail);
  let text = '';
  await new Promise<void>((onEnd) => {
    connection.send(encodeRequest({ method: 'GET', path }), {
      onData: (data) => void (text += data.toString()),
      onEnd,
    });
  });
  connection.close();
  return text;
}

function fail(error: Error): never {
  throw error;
}
