// What is one exchange over HTTP/2? A stream of a connection.

import { type Clock, httpDate } from '../../base/clock.ts';
import { errorCodes } from '../../base/http2/frames.ts';
import type { Http2Stream } from '../../base/http2/stream.ts';
import type { Exchange, Peer } from './exchange.ts';

export function http2Exchange(stream: Http2Stream, peer: Peer, clock: Clock): Exchange {
  const { headers } = stream;
  const dated = (fields: Record<string, string>): Record<string, string> => ({
    ...fields,
    date: httpDate(clock.now()),
  });
  return {
    method: headers[':method'] as string,
    path: headers[':path'] as string,
    headers,
    peer,
    readBody: (bytesMax) => stream.readBody(bytesMax),
    isBodyWhole: () => stream.isBodyWhole,
    sendHead: (status, fields) => stream.respond(status, dated(fields)),
    sendWhole: (status, fields, chunks) => stream.respondWith(status, dated(fields), chunks),
    write: (chunk) => stream.write(chunk),
    drained: () => stream.drained(),
    end: () => stream.end(),
    destroy: () => stream.reset(errorCodes.cancel),
    onClose: (listener) => {
      stream.onClose = listener;
    },
  };
}
