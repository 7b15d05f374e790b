// Which CSI drivers, and which changes of them, are refused? Source: pkg/apis/storage/validation ValidateCSIDriver.

import { duplicate, invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { immutable, listed } from '../field-rules.ts';
import type { CSIDriver, CSIDriverSpec, TokenRequest } from './generated/v1.ts';

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const updatePeriodMin = 10;
const modes = ['Persistent', 'Ephemeral'];

/** Causes against a driver. */
export function validateDriver({ spec }: CSIDriver): StatusCause[] {
  return [
    ...tokenCauses(spec.tokenRequests ?? []),
    ...listed('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...(spec.volumeLifecycleModes ?? [])
      .filter((mode) => !modes.includes(mode))
      .map((mode) => notSupported('spec.volumeLifecycleModes', mode, modes)),
    ...periodCauses(spec),
    ...secretCauses(spec),
  ];
}

function tokenCauses(requests: readonly TokenRequest[]): StatusCause[] {
  const seen = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, index) => {
    const at = `spec.tokenRequests[${index}]`;
    const causes: StatusCause[] = [];
    if (seen.has(audience)) causes.push(duplicate(`${at}.audience`, audience));
    seen.add(audience);
    if (seconds === undefined) return causes;
    const field = `${at}.expirationSeconds`;
    if (seconds < tokenSecondsMin)
      causes.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > tokenSecondsMax)
      causes.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
    return causes;
  });
}

function periodCauses({ nodeAllocatableUpdatePeriodSeconds: seconds }: CSIDriverSpec): StatusCause[] {
  if (seconds === undefined || seconds >= updatePeriodMin) return [];
  const why = `must be greater than or equal to ${updatePeriodMin} seconds`;
  return [invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', seconds, why)];
}

function secretCauses({ serviceAccountTokenInSecrets: inSecrets, tokenRequests = [] }: CSIDriverSpec): StatusCause[] {
  if (inSecrets === undefined || tokenRequests.length > 0) return [];
  const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
  return [invalidValue('spec.serviceAccountTokenInSecrets', inSecrets, why)];
}

/** Causes against an update: what nodes have built on stays. */
export function validateDriverUpdate(driver: CSIDriver, { spec: old }: CSIDriver): StatusCause[] {
  const { attachRequired, volumeLifecycleModes } = driver.spec;
  return [
    ...validateDriver(driver),
    ...immutable('spec.attachedRequired', attachRequired, old.attachRequired),
    ...immutable('spec.volumeLifecycleModes', volumeLifecycleModes, old.volumeLifecycleModes),
  ];
}
