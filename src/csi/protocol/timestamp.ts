// How does a point in time travel in a CSI message?

import { type Field, int32, int64, message, one } from '../../base/protobuf.ts';
import type { Timestamp } from '../types.ts';

/** `google.protobuf.Timestamp`. */
export function timestamp(number: number): Field<Timestamp> {
  return one(number, message<Timestamp>('Timestamp', { seconds: int64(1), nanos: int32(2) }));
}
