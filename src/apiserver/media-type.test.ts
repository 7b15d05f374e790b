import { expect, test } from 'vitest';
import { negotiateForm } from './media-type.ts';

test.each<{ name: string; accept: string | undefined; want: object | undefined }>([
  { name: 'no header -> the object', accept: undefined, want: { as: 'Object' } },
  { name: 'anything -> the object', accept: '*/*', want: { as: 'Object' } },
  {
    name: 'protobuf before JSON -> JSON',
    accept: 'application/vnd.kubernetes.protobuf,application/json',
    want: { as: 'Object' },
  },
  {
    name: 'a Table -> a Table',
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    want: { as: 'Table', version: 'v1' },
  },
  {
    name: 'a Table of an unknown version -> the next clause',
    accept: 'application/json;as=Table;v=v9;g=meta.k8s.io,application/json',
    want: { as: 'Object' },
  },
  {
    name: 'metadata in protobuf, then JSON -> metadata',
    accept:
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    want: { as: 'PartialObjectMetadata', version: 'v1' },
  },
  { name: 'protobuf only -> NotAcceptable', accept: 'application/vnd.kubernetes.protobuf', want: undefined },
])('negotiateForm: $name', ({ accept, want }) => {
  if (want) expect(negotiateForm(accept)).toEqual(want);
  else expect(() => negotiateForm(accept)).toThrow(expect.objectContaining({ reason: 'NotAcceptable' }));
});
