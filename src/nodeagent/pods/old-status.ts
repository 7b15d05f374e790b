// What does the API show of a container?

import type { ContainerStatus, Pod } from '../../apis/core/generated/v1.ts';

/** The status of the container `name`, of whatever kind; undefined before the first. */
export function oldStatus({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (one) => one.name === name,
  );
}
