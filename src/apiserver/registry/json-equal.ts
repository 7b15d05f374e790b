// Are two JSON values the same? Where the server's rules look for it.

export { jsonEqual } from '../../apimachinery/json-equal.ts';
