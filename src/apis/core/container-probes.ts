// Which probes and lifecycle hooks of a container are refused? Source: pkg/apis/core/validation validateProbe,
// validateHandler and validateLifecycle.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { httpHeaderName, portName } from '../../apimachinery/validation.ts';
import { allNonNegative, named, portNumber } from '../field-rules.ts';
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from './generated/v1.ts';

type Handler = Omit<Probe, keyof LifecycleHandler> & LifecycleHandler;
type HandlerName = 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep';

const ofProbes: HandlerName[] = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const ofHooks: HandlerName[] = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** Causes against the hooks and probes of a container that may have them. `graceSeconds` is the pod's. */
export function validateProbes(
  { lifecycle, livenessProbe, readinessProbe, startupProbe }: Container,
  { at, graceSeconds }: { at: string; graceSeconds: number | undefined },
): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle?.[hook];
    if (handler)
      causes.push(...handlerCauses(handler, { at: `${at}.lifecycle.${hook}`, names: ofHooks, graceSeconds }));
  }
  for (const [name, probe] of Object.entries({ livenessProbe, readinessProbe, startupProbe })) {
    if (!probe) continue;
    const field = `${at}.${name}`;
    causes.push(...probeCauses(probe, field));
    if (name === 'readinessProbe') {
      const seconds = probe.terminationGracePeriodSeconds;
      if (seconds !== undefined)
        causes.push(
          invalidValue(`${field}.terminationGracePeriodSeconds`, seconds, 'must not be set for readinessProbes'),
        );
    } else if ((probe.successThreshold ?? 1) !== 1)
      causes.push(invalidValue(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return causes;
}

function probeCauses(probe: Probe, at: string): StatusCause[] {
  const causes = handlerCauses(probe, { at, names: ofProbes, graceSeconds: undefined });
  causes.push(...allNonNegative(at, probe, counts));
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0)
    causes.push(invalidValue(`${at}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0'));
  return causes;
}

interface Place {
  at: string;
  names: HandlerName[];
  graceSeconds: number | undefined;
}

function handlerCauses(handler: Handler, { at, names, graceSeconds }: Place): StatusCause[] {
  const [first, ...more] = names.filter((name) => handler[name]);
  if (!first) return [required(at, 'must specify a handler type')];
  return [
    ...actionCauses(handler, { name: first, at: `${at}.${first}`, graceSeconds }),
    ...more.map((name) => forbidden(`${at}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

function actionCauses(
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  { name, at, graceSeconds }: { name: HandlerName; at: string; graceSeconds: number | undefined },
): StatusCause[] {
  if (name === 'exec') return exec?.command?.length ? [] : [required(`${at}.command`)];
  if (name === 'httpGet') return httpGet ? httpCauses(httpGet, at) : [];
  if (name === 'tcpSocket') return validatePortOrName(tcpSocket?.port, `${at}.port`);
  if (name === 'grpc') return validatePortOrName(grpc?.port, `${at}.port`);
  const seconds = sleep?.seconds ?? 0;
  // A grace period that is wrong itself is told elsewhere.
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  return [
    invalidValue(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`),
  ];
}

function httpCauses({ path, port, scheme, httpHeaders }: HTTPGetAction, at: string): StatusCause[] {
  const causes = path ? [] : [required(`${at}.path`)];
  causes.push(...validatePortOrName(port, `${at}.port`));
  if (scheme !== 'HTTP' && scheme !== 'HTTPS')
    causes.push(notSupported(`${at}.scheme`, scheme ?? '', ['HTTP', 'HTTPS']));
  for (const { name } of httpHeaders ?? []) causes.push(...named(`${at}.httpHeaders`, name ?? '', httpHeaderName));
  return causes;
}

/** Causes against a port's number or name. */
export function validatePortOrName(port: number | string | undefined, field: string): StatusCause[] {
  return typeof port === 'string' ? named(field, port, portName) : portNumber(field, port ?? 0);
}
