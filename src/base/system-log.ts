// The real logger: pino, to standard error, so that standard output stays the command's own.

import { pino } from 'pino';
import type { Logger } from './log.ts';

export interface SystemLoggerOptions {
  component: string;
  level?: string;
}

/** A Logger that writes JSON lines to standard error. */
export function systemLogger({ component, level = 'info' }: SystemLoggerOptions): Logger {
  return wrap(
    pino(
      {
        level,
        base: { component },
        timestamp: pino.stdTimeFunctions.isoTime,
        serializers: { error: pino.stdSerializers.err },
      },
      pino.destination({ fd: 2, sync: true }),
    ),
  );
}

function wrap(target: pino.Logger): Logger {
  return {
    debug: (message, fields) => target.debug(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    error: (message, fields) => target.error(fields ?? {}, message),
    child: (fields) => wrap(target.child(fields)),
  };
}
