// Does a number obey its schema? As kube-openapi's validator compares: bounds are numbers of the type and format as well.

import { invalidValue } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';

const floatMax = 3.4028234663852886e38;
/** How much of itself a quotient may differ from a whole number. */
const tolerance = 1e-9;

/** What is wrong with `value`, which stands at `path`. */
export function numberCauses(value: number, schema: JsonSchema, path: string): StatusCause[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const told = (bound: string): StatusCause => invalidValue(path, value, `${path} in body should be ${bound}`);
  return [
    ...rangeCauses('Checked', value, { schema, path }),
    ...bounded(multipleOf, 'MultipleOf', (factor) => {
      if (factor <= 0)
        return invalidValue(path, factor, `factor MultipleOf declared for ${path} must be positive: ${factor}`);
      return isWhole(factor < 1 ? (1 / factor) * value : value / factor) ? undefined : told(`a multiple of ${factor}`);
    }),
    ...bounded(minimum, 'Minimum boundary', (least) => {
      if (exclusiveMinimum) return value > least ? undefined : told(`greater than ${least}`);
      return value >= least ? undefined : told(`greater than or equal to ${least}`);
    }),
    ...bounded(maximum, 'Maximum boundary', (most) => {
      if (exclusiveMaximum) return value < most ? undefined : told(`less than ${most}`);
      return value <= most ? undefined : told(`less than or equal to ${most}`);
    }),
  ];

  function bounded(
    bound: number | undefined,
    name: string,
    check: (bound: number) => StatusCause | undefined,
  ): StatusCause[] {
    if (bound === undefined) return [];
    const wrong = rangeCauses(name, bound, { schema, path });
    // A whole number is compared with whole numbers: the fraction of a bound is dropped.
    const problem = check(wrong.length === 0 && Number.isInteger(value) ? Math.trunc(bound) : bound);
    return problem ? [...wrong, problem] : wrong;
  }
}

/** Is a number one that its type and format can hold? */
function rangeCauses(
  name: string,
  value: number,
  { schema: { type, format = '' }, path }: { schema: JsonSchema; path: string },
): StatusCause[] {
  if (isInRange(value, type, format)) return [];
  const of = format ? `with format ${format}` : '(default format)';
  return [invalidValue('<nil>', '', `${name} value must be of type ${type ?? ''} ${of} in ${path}`)];
}

function isInRange(value: number, type: JsonSchema['type'], format: string): boolean {
  if (type !== 'integer') return format !== 'float' || Math.abs(value) <= floatMax;
  if (!Number.isInteger(value)) return false;
  const limit = format === 'int32' ? 2 ** 31 : 2 ** 63;
  return value >= -limit && value < limit;
}

function isWhole(quotient: number): boolean {
  if (!Number.isFinite(quotient)) return false;
  const whole = Math.trunc(quotient);
  if (quotient === whole) return true;
  return whole !== 0 && Math.abs(quotient - whole) / (Math.abs(quotient) + Math.abs(whole)) < tolerance;
}
