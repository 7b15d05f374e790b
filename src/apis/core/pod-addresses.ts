// Which addresses may a pod and its host be said to have? Source: pkg/apis/core/validation validatePodIPs, validateHostIPs,
// and pkg/apis/core/v1 Convert_v1_PodStatus_To_core_PodStatus.

import { isIP } from 'node:net';
import { internalError, invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { PodStatus } from './generated/v1.ts';
import { validateIp, withoutZeros } from './ip-rules.ts';

type Addresses = { ip?: string }[];

/** Agents that know of one address alone are believed: the list follows it. Without it, it follows the list. */
export function settleAddresses(status: PodStatus): void {
  const { podIP, podIPs = [] } = status;
  const [first] = podIPs;
  if (podIP && podIP !== first?.ip) status.podIPs = [{ ip: podIP }];
  else if (first?.ip) status.podIP = first.ip;
}

/** One address of each family, no more. What was there before may stay. */
export function validatePodAddresses(
  { podIPs = [], hostIPs = [], hostIP = '' }: PodStatus,
  before: PodStatus,
): StatusCause[] {
  const causes = addressCauses('status.podIPs', podIPs, before.podIPs);
  const [first] = hostIPs;
  if (first && (first.ip ?? '') !== hostIP)
    causes.push(invalidValue('status.hostIPs[0].ip', first.ip ?? '', 'must be equal to `hostIP`'));
  return [...causes, ...addressCauses('status.hostIPs', hostIPs, before.hostIPs)];
}

function addressCauses(path: string, addresses: Addresses, had: Addresses = []): StatusCause[] {
  const existing = had.map(({ ip = '' }) => ip);
  const texts = addresses.map(({ ip = '' }) => ip);
  const causes = texts.flatMap((ip, index) => validateIp(`${path}[${index}]`, ip, existing));
  if (texts.length < 2) return causes;
  const families = texts.map((ip) => isIP(withoutZeros(ip)));
  const unknown = families.indexOf(0);
  if (unknown >= 0)
    causes.push(
      internalError(path, `failed to check for dual stack with error:invalid IP[${unknown}]: ${texts[unknown]}`),
    );
  if (unknown >= 0 || new Set(families).size < 2 || texts.length > 2)
    causes.push(
      invalidValue(
        path,
        // Under the names that Go's own type has.
        texts.map((ip) => ({ IP: ip })),
        'may specify no more than one IP for each IP family',
      ),
    );
  return causes;
}
