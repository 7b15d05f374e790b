// Is a cron schedule well formed? The grammar of the parser that upstream uses (robfig/cron, five fields), with its texts.

interface Bounds {
  min: number;
  max: number;
  names?: Record<string, number>;
}

function numbered(names: string, first: number): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, index + first]));
}

const fields: Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: numbered('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  { min: 0, max: 6, names: numbered('sun mon tue wed thu fri sat', 0) },
];
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const duration = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$/;

/** What is wrong with `schedule`; undefined when nothing is. */
export function scheduleError(schedule: string): string | undefined {
  const [, zone, rest] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(schedule) ?? [];
  if (zone === undefined || rest === undefined) return untimedError(schedule);
  return isTimeZone(zone) ? untimedError(rest.trim()) : `provided bad location ${zone}: unknown time zone ${zone}`;
}

/** Is it a name that the database of time zones knows? */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function untimedError(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return descriptorError(schedule);
  const parts = schedule.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [index, part] of parts.entries()) {
    for (const range of part.split(',')) {
      const error = rangeError(range, fields[index] as Bounds);
      if (error) return error;
    }
  }
  return undefined;
}

function descriptorError(schedule: string): string | undefined {
  if (descriptors.has(schedule)) return undefined;
  if (!schedule.startsWith('@every ')) return `unrecognized descriptor: ${schedule}`;
  const text = schedule.slice('@every '.length);
  return duration.test(text)
    ? undefined
    : `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(text)}`;
}

/** One part of a field: `*`, `5`, `1-5`, `*` or a range with `/2`. */
function rangeError(text: string, { min, max, names = {} }: Bounds): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreHyphens] = range.split('-');
  let start = min;
  let end = max;
  if (low !== '*' && low !== '?') {
    const first = names[low.toLowerCase()] ?? parseNumber(low);
    if (typeof first === 'string') return first;
    if (moreHyphens.length > 0) return `too many hyphens: ${text}`;
    const last = high === undefined ? first : (names[high.toLowerCase()] ?? parseNumber(high));
    if (typeof last === 'string') return last;
    start = first;
    // `5/15` goes on to the end of the field.
    end = step !== undefined && high === undefined ? max : last;
  }
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  const stride = step === undefined ? 1 : parseNumber(step);
  if (typeof stride === 'string') return stride;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${text}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  if (stride === 0) return `step of range should be a positive number: ${text}`;
  return undefined;
}

/** The number, or what Go's parser says of what is none. */
function parseNumber(text: string): number | string {
  if (/^\+?\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
