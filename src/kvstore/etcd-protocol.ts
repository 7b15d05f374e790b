// Which calls and messages of etcd's version 3 API does the store use? Field numbers as in etcd's rpc.proto and kv.proto.

import { bool, bytes, choice, int64, type Message, many, message, one, string } from '../base/protobuf.ts';

export interface KeyValue {
  key: Uint8Array;
  createRevision: number;
  modRevision: number;
  value: Uint8Array;
}

interface Header {
  /** Of the store when the call was applied. */
  revision: number;
}

export interface RangeRequest {
  key: Uint8Array;
  /** First key beyond the range; only `key` itself if empty. */
  rangeEnd?: Uint8Array;
  limit?: number;
  revision?: number;
  keysOnly?: boolean;
  countOnly?: boolean;
}

export interface RangeResponse {
  header?: Header;
  kvs: KeyValue[];
  more: boolean;
}

interface PutRequest {
  key: Uint8Array;
  value: Uint8Array;
}

interface DeleteRequest {
  key: Uint8Array;
  rangeEnd?: Uint8Array;
}

/** Exactly one of these. */
interface RequestOp {
  range?: RangeRequest;
  put?: PutRequest;
  deleteRange?: DeleteRequest;
}

interface ResponseOp {
  range?: RangeResponse;
  deleteRange?: { deleted: number };
}

export interface Compare {
  result: 'EQUAL' | 'GREATER';
  target: 'VERSION' | 'CREATE' | 'MOD';
  key: Uint8Array;
  version?: number;
  modRevision?: number;
}

export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}

export interface TxnResponse {
  header?: Header;
  succeeded: boolean;
  responses: ResponseOp[];
}

export interface WatchRequest {
  create?: {
    key: Uint8Array;
    rangeEnd: Uint8Array;
    startRevision: number;
    prevKv: boolean;
    fragment: boolean;
  };
}

export interface WatchEvent {
  type: 'PUT' | 'DELETE';
  kv?: KeyValue;
  prevKv?: KeyValue;
}

export interface WatchResponse {
  header?: Header;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  /** More events of the same revision follow. */
  fragment: boolean;
  events: WatchEvent[];
}

const header = message<Header>('ResponseHeader', { revision: int64(3) });

const keyValue = message<KeyValue>('KeyValue', {
  key: bytes(1),
  createRevision: int64(2),
  modRevision: int64(3),
  value: bytes(5),
});

const rangeRequest = message<RangeRequest>('RangeRequest', {
  key: bytes(1),
  rangeEnd: bytes(2),
  limit: int64(3),
  revision: int64(4),
  keysOnly: bool(8),
  countOnly: bool(9),
});

const rangeResponse = message<RangeResponse>('RangeResponse', {
  header: one(1, header),
  kvs: many(2, keyValue),
  more: bool(3),
});

const requestOp = message<RequestOp>('RequestOp', {
  range: one(1, rangeRequest),
  put: one(2, message<PutRequest>('PutRequest', { key: bytes(1), value: bytes(2) })),
  deleteRange: one(3, message<DeleteRequest>('DeleteRangeRequest', { key: bytes(1), rangeEnd: bytes(2) })),
});

const responseOp = message<ResponseOp>('ResponseOp', {
  range: one(1, rangeResponse),
  deleteRange: one(3, message<{ deleted: number }>('DeleteRangeResponse', { deleted: int64(2) })),
});

const compare = message<Compare>('Compare', {
  result: choice(1, ['EQUAL', 'GREATER']),
  target: choice(2, ['VERSION', 'CREATE', 'MOD']),
  key: bytes(3),
  version: int64(4),
  modRevision: int64(6),
});

const txnRequest = message<TxnRequest>('TxnRequest', {
  compare: many(1, compare),
  success: many(2, requestOp),
  failure: many(3, requestOp),
});

const txnResponse = message<TxnResponse>('TxnResponse', {
  header: one(1, header),
  succeeded: bool(2),
  responses: many(3, responseOp),
});

const watchRequest = message<WatchRequest>('WatchRequest', {
  create: one(
    1,
    message<NonNullable<WatchRequest['create']>>('WatchCreateRequest', {
      key: bytes(1),
      rangeEnd: bytes(2),
      startRevision: int64(3),
      prevKv: bool(6),
      fragment: bool(8),
    }),
  ),
});

const watchResponse = message<WatchResponse>('WatchResponse', {
  header: one(1, header),
  created: bool(3),
  canceled: bool(4),
  compactRevision: int64(5),
  cancelReason: string(6),
  fragment: bool(7),
  events: many(
    11,
    message<WatchEvent>('Event', {
      type: choice(1, ['PUT', 'DELETE']),
      kv: one(2, keyValue),
      prevKv: one(3, keyValue),
    }),
  ),
});

/** One method: its path, and how its messages travel. */
export interface Method<Request, Response> {
  path: string;
  /** Does a call that is made twice have the effect of one? */
  isRead: boolean;
  serialize: (request: Request) => Buffer;
  deserialize: (bytes: Buffer) => Response;
}

function method<Request, Response>(
  path: string,
  [request, response]: [Message<Request>, Message<Response>],
  { isRead }: { isRead: boolean },
): Method<Request, Response> {
  return {
    path,
    isRead,
    serialize: (value) => Buffer.from(request.encode(value)),
    deserialize: (bytes) => response.decode(bytes),
  };
}

export const rangeMethod = method('/etcdserverpb.KV/Range', [rangeRequest, rangeResponse], { isRead: true });
export const txnMethod = method('/etcdserverpb.KV/Txn', [txnRequest, txnResponse], { isRead: false });
// Compacting to a revision twice is refused, and changes nothing.
export const compactMethod = method(
  '/etcdserverpb.KV/Compact',
  [message<{ revision: number }>('CompactionRequest', { revision: int64(1) }), message('CompactionResponse', {})],
  { isRead: true },
);
export const statusMethod = method(
  '/etcdserverpb.Maintenance/Status',
  [message('StatusRequest', {}), message<{ dbSize?: number }>('StatusResponse', { dbSize: int64(3) })],
  { isRead: true },
);
export const watchMethod = method('/etcdserverpb.Watch/Watch', [watchRequest, watchResponse], { isRead: true });
