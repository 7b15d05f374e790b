// Who says that a node is off? The taint of a node that is out of service is a person's word, on which its volumes may be
// given to others: it is kept with their name and the time, which nobody else can write.

import type { Node } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { annotations } from '../../apis/storage/names.ts';
import { rfc3339Micro } from '../../base/clock.ts';
import type { AdmissionRequest } from './chain.ts';

const { outOfServiceBy, outOfServiceAt } = annotations;

export function outOfService({ operation, object, old }: AdmissionRequest): void {
  if (!object) return;
  const node: Node = object;
  const before: Node | undefined = old;
  const kept = before && isOutOfService(before) ? (before.metadata.annotations ?? {}) : undefined;
  const said = kept
    ? { [outOfServiceBy]: kept[outOfServiceBy], [outOfServiceAt]: kept[outOfServiceAt] }
    : { [outOfServiceBy]: operation.user.name, [outOfServiceAt]: rfc3339Micro(operation.clock.now()) };
  const given = node.metadata.annotations ?? {};
  const isSaid = isOutOfService(node);
  if (!isSaid && given[outOfServiceBy] === undefined && given[outOfServiceAt] === undefined) return;
  const { [outOfServiceBy]: _by, [outOfServiceAt]: _at, ...others } = given;
  const words = Object.entries(isSaid ? said : {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  node.metadata.annotations = { ...others, ...Object.fromEntries(words) };
}
