// Which images can this runtime run? One, until there is a runtime that pulls them.

import { type ContainerSpec, StartError } from '../types.ts';

/** An overlay of the host's root. */
const hostImage = 'amarre.io/host';

/** Throws StartError for another image, or for no command: the image has none of its own. */
export function checkImage(spec: ContainerSpec): void {
  const image = spec.image.replace(/(:[\w.-]+)?(@sha256:[0-9a-f]+)?$/, '');
  if (image !== hostImage) {
    throw new StartError(
      'ErrImageNeverPull',
      `Container image "${spec.image}" cannot be pulled: this node's runtime has one image, ${hostImage}`,
    );
  }
  if (spec.argv.length === 0) {
    throw new StartError('CreateContainerError', `no command specified: image ${hostImage} has none of its own`);
  }
}
