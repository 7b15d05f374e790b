import { expect, test } from 'vitest';
import type { JsonSchema } from '../../apis/definition.ts';
import { plainJson, plainValue, schemaValue } from './json-values.ts';
import { textOf } from './library/format-text.ts';
import { CelCompileError, compileProgram, scopeOf } from './program.ts';
import { typeOfSchema } from './schema-types.ts';
import { dyn, string as stringType } from './types.ts';

function evaluate(text: string, variables: Record<string, unknown> = {}): string {
  const program = compileProgram(text, new Map(Object.keys(variables).map((name) => [name, dyn])));
  const outcome = program.run(
    scopeOf(Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, plainValue(value)]))),
  );
  return outcome.ok ? textOf(outcome.value) : `error: ${outcome.error.message}`;
}

test.each([
  ['1 + 2 * 3', '7'],
  ['7 / 2 + 7 % 2', '4'],
  ['1.5 + 2.0', '3.5'],
  ['1u + 2u', '3'],
  ["'a' + 'b'", 'ab'],
  ['9223372036854775807 + 1', 'error: integer overflow'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['1 / 0', 'error: division by zero'],
  ['[1, 2][5]', 'error: index out of bounds: 5'],
  ["{'a': 1}['b']", 'error: no such key: b'],
  ['1 == 1.0 || false', 'compile'],
  ['dyn(1) == dyn(1.0)', 'true'],
  ['true || 1 / 0 == 1', 'true'],
  ['1 / 0 == 1 || true', 'true'],
  ['1 / 0 == 1 && false', 'false'],
  ['[1, 2, 3].all(x, x > 0)', 'true'],
  ['[1, 2, 3].exists(x, x > 2)', 'true'],
  ['[1, 2, 3].exists_one(x, x > 2)', 'true'],
  ['[1, 2, 3].map(x, x * 2)', '[2, 4, 6]'],
  ['[1, 2, 3].map(x, x > 1, x * 2)', '[4, 6]'],
  ['[1, 2, 3].filter(x, x > 1)', '[2, 3]'],
  ["{'a': 1, 'b': 2}.all(k, v, v > 0 && k != 'c')", 'true'],
  ["['a', 'b'].transformMap(i, v, v + string(i))", '{0: a0, 1: b1}'],
  ["{'a': 1}.transformList(k, v, k + string(v))", '[a1]'],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)", '{b: 20}'],

  ["has({'a': 1}.a) && !has({'a': 1}.b)", 'true'],
  ["{'a': {'b': 1}}.?a.?c.orValue(7)", '7'],
  ["{'a': 1}[?'a'].optMap(x, x + 1).value()", '2'],
  ['optional.none().hasValue() || optional.of(1).hasValue()', 'true'],
  ["type(1) == int && type('a') == string && type([]) == list", 'true'],
  ["timestamp('2024-01-01T00:00:00Z') + duration('36h') == timestamp('2024-01-02T12:00:00Z')", 'true'],
  ["timestamp('2024-03-01T12:30:00Z').getDayOfYear()", '60'],
  ["timestamp('2024-03-01T23:30:00Z').getHours('+01:00')", '0'],
  ["duration('90m').getHours()", '1'],
  ["string(duration('90m'))", '5400s'],
  ["int('42') + int(3.9)", '45'],
  ["'abc'.matches('^a.c$') && 'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')", 'true'],
  ["'a,b,c'.split(',', 2)", '[a, b,c]'],
  ["['a', 'b'].join('-')", 'a-b'],
  ["'Hello'.lowerAscii() + 'x'.upperAscii()", 'helloX'],
  ["'tacocat'.substring(4) + 'tacocat'.charAt(0)", 'catt'],
  ["'a-b-c'.replace('-', '+', 1)", 'a+b-c'],
  ["'hello'.indexOf('l') + 'hello'.lastIndexOf('l')", '5'],
  ["' a '.trim()", 'a'],
  ["'%s is %d of %.2f%%'.format(['x', 3, 1.5])", 'x is 3 of 1.50%'],
  ["'%x %b %s'.format([255, 5, [1, 2]])", 'ff 101 [1, 2]'],
  ["'abc 123'.find('[0-9]+')", '123'],
  ["'1a2b3'.findAll('[0-9]', 2)", '[1, 2]'],
  ['[1, 2].isSorted() && ![2, 1].isSorted()', 'true'],
  ['[3, 1, 2].sum() + [3, 1, 2].min() + [3, 1, 2].max()', '10'],
  ['[1, 2, 1].indexOf(1) + [1, 2, 1].lastIndexOf(1)', '2'],
  ['[].max()', 'error: max called on empty list'],
  ['sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1]) && sets.intersects([1], [1, 2])', 'true'],

  ["url('https://a.b:80/c?d=e').getHost() + url('https://a.b:80/c?d=e').getEscapedPath()", 'a.b:80/c'],
  ["url('https://a/?d=e&d=f').getQuery()['d']", '[e, f]'],
  ["isURL('/a') && !isURL('a b')", 'true'],
  ["quantity('1Gi').isGreaterThan(quantity('900M')) && quantity('1k').add(24).asInteger() == 1024", 'true'],
  ["quantity('1.5').asInteger()", 'error: cannot convert value to integer'],
  ["isQuantity('1.3Gi') && !isQuantity('one')", 'true'],
  ["ip('::1').family() == 6 && ip('127.0.0.1').isLoopback() && isIP('10.0.0.1') && !isIP('10.0.0.256')", 'true'],
  ["ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')", 'true'],
  [
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').prefixLength() == 8",
    'true',
  ],
  ["string(cidr('10.1.2.3/8').masked())", '10.0.0.0/8'],
  [
    "format.dns1123Label().validate('Not_A').hasValue() && !format.named('dns1123Label').value().validate('a').hasValue()",
    'true',
  ],
  [
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha').isLessThan(semver('1.0.0')) && semver('v1.2', true).minor() == 2",
    'true',
  ],
  ["{1: 'a'}.map(k, k)", '[1]'],
  ["[1, ?{'a': 2}[?'a'], ?{'a': 2}[?'b']]", '[1, 2]'],
  ["{'x': 1, ?'a': optional.of(2), ?'b': optional.none()}", '{a: 2, x: 1}'],
  ["{'a': {'b': [7]}}.?a.b[0].optMap(x, x + 1).orValue(0)", '8'],
  ["{'a': {'b': [7]}}.?a.optFlatMap(x, x.?c).hasValue()", 'false'],
  ["{'a': [{'b': 1}]}.?a[?0].?b.or(optional.of(2)).value()", '1'],
  ['optional.of(1).orValue(1 / 0) + optional.none().or(optional.of(2)).value()', '3'],
  ["optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue(duration('0s')).hasValue()", 'false'],
  ['optional.none().value()', 'error: optional.none() dereference'],
  ['optional.unwrap([optional.of(1), optional.none()]) + [optional.of(2)].unwrapOpt()', '[1, 2]'],
  ['[1, 2].first().value() + [1, 2].last().value() + [].first().orValue(4)', '7'],
  ['[3, 1, 2].sort() + lists.range(2) + [1, 2].reverse() + [1, 1].distinct()', '[1, 2, 3, 0, 1, 2, 1, 1]'],
  ["[{'k': 2}, {'k': 1}].sortBy(e, e.k).map(e, e.k)", '[1, 2]'],
  ['[[1], [2, 3]].flatten() + [1, 2, 3].slice(1, 3)', '[1, 2, 3, 2, 3]'],
  ['[1].slice(1, 0)', 'error: cannot slice(1, 0), start index must be less than or equal to end index'],
  ['!!true && --1 == 1 && -(-1) == 1', 'true'],
  [String.raw`'\x41\101\u0041\U00000041\n' == 'AAAA\n' && r'\n'.size() == 2`, 'true'],
  [`'''a"b''' + """c"""`, 'a"bc'],
  [String.raw`b'\xff\303é'.size()`, '4'],
  ['0x1F + 0x1 == 32 && 1e3 == 1000.0 && .5 < 1.0 && 0xFu == 15u', 'true'],
  ['1 < 2 // the rest is a comment', 'true'],
  ["[1, 2,].size() + {'a': 1,}.size()", '3'],
  ['9223372036854775808', 'compile'],
  ["'%s'.format([[1, 'a']])", '[1, a]'],
  ['math.greatest(1, 2)', 'compile'],
  ['cel.bind(x, 1, x)', 'compile'],
  ["jsonpatch.escapeKey('a/b')", 'compile'],
  ["{'for': 1}.for == 1 && has({'for': 1}.a)", 'false'],
])('%s -> %s', (text, want) => {
  if (want === 'compile') expect(() => evaluate(text)).toThrow(CelCompileError);
  else expect(evaluate(text)).toBe(want);
});

const schema: JsonSchema = {
  type: 'object',
  properties: {
    replicas: { type: 'integer' },
    'x-name': { type: 'string' },
    namespace: { type: 'string' },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    since: { type: 'string', format: 'date-time' },
    port: { 'x-kubernetes-int-or-string': true },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    hidden: { 'x-kubernetes-preserve-unknown-fields': true },
  },
};
const self = typeOfSchema(schema, { isResource: true });

function rule(text: string, json: object): unknown {
  const program = compileProgram(text, new Map([['self', self ?? dyn]]));
  const outcome = program.run(scopeOf({ self: schemaValue(json, schema, { isResource: true }) }));
  return outcome.ok ? outcome.value : outcome.error.message;
}

test.each<[text: string, json: object, want: unknown]>([
  ['self.replicas > 1', { replicas: 2 }, true],
  ['self.replicas > 1', {}, 'no such key: replicas'],
  ['has(self.replicas)', { replicas: null }, false],
  ["self.x__dash__name == 'a' && self.__namespace__ == 'b'", { 'x-name': 'a', namespace: 'b' }, true],
  ["self.set == ['b', 'a']", { set: ['a', 'b'] }, true],
  ["(self.set + ['a', 'c']).size() == 3", { set: ['a', 'b'] }, true],
  ["self.since < timestamp('2025-01-01T00:00:00Z')", { since: '2024-01-01T00:00:00Z' }, true],
  ["type(self.port) == int ? self.port < 10 : self.port == 'a'", { port: 5 }, true],
  ["type(self.port) == int ? self.port < 10 : self.port == 'a'", { port: 'a' }, true],
  [
    "'a' in self.labels && self.labels['a'] == 'b' && self.metadata.name == 'n'",
    { labels: { a: 'b' }, metadata: { name: 'n' } },
    true,
  ],
])('%s on %j -> %j', (text, json, want) => {
  expect(rule(text, json)).toEqual(want);
});

test.each([
  ['self.nope > 1', "ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^"],
  ['self.hidden', "ERROR: <input>:1:5: undefined field 'hidden'\n | self.hidden\n | ....^"],
  ['other', "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other\n | ^"],
  [
    "self.replicas + 'a'",
    "ERROR: <input>:1:15: found no matching overload for '_+_' applied to '(int, string)'\n | self.replicas + 'a'\n | ..............^",
  ],
  [
    'self.replicas.startsWith(1)',
    "ERROR: <input>:1:25: found no matching overload for 'startsWith' applied to 'int.(int)'\n | self.replicas.startsWith(1)\n | ........................^",
  ],
  [
    'self.replicas.all(x, true)',
    "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.replicas.all(x, true)\n | ....^",
  ],
])('%s -> does not compile, in the words of cel-go', (text, message) => {
  expect(() => compileProgram(text, new Map([['self', self ?? dyn]]))).toThrow(
    expect.objectContaining({ message }) as Error,
  );
});

test.each([
  ['self.`x-name`', "1:6: unsupported syntax: '`'"],
  ["self.replicas == 'a' ||", "1:24: Syntax error: mismatched input '<EOF>' expecting {'[', "],
  ['self.replicas self', "1:15: Syntax error: extraneous input 'self' expecting <EOF>"],
  ['for', '1:1: reserved identifier: for'],
  ['-bad.', "1:6: Syntax error: no viable alternative at input '.'"],
  ['../x', "1:2: Syntax error: no viable alternative at input '..'"],
  ['(1', "1:3: Syntax error: missing ')' at '<EOF>'"],
  ['size([1 2])', "1:9: Syntax error: mismatched input '2' expecting {']', ','}"],
  ['foo(1 2)', "1:7: Syntax error: extraneous input '2' expecting ')'"],
  ['1 x 2', "1:3: Syntax error: mismatched input 'x' expecting <EOF>"],
  ['true && 1', "1:9: expected type 'bool' but found 'int'"],
  ['[1].all(x, x)', "1:12: expected type 'bool' but found 'int'"],
  ['[1].filter(x, x)', "1:11: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
  ['[1].all(x, x > 0, 1)', '1:14: argument must be a simple name'],
  ['sets.nope([1])', "1:1: undeclared reference to 'sets' (in container '')"],
  ['int == 1', "1:5: found no matching overload for '_==_' applied to '(type(int), int)'"],
  [
    "'%d'.format(['a']) == ''",
    '1:14: error during formatting: decimal clause can only be used on integers, was given string',
  ],
  ["'%s'.format([]) == ''", '1:12: index 0 out of range'],
  ['self{}', "1:5: 'object' is not a type"],
  ['1e400 > 1.0', '1:1: invalid double literal'],
  ['has(self.x, 1)', "1:4: undeclared reference to 'has' (in container '')"],
  ["true ? 1 : 'a'", "1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'"],
  ['1 # 2', "1:3: Syntax error: token recognition error at: '#'"],
  ['Object{}', "1:7: undeclared reference to 'Object' (in container '')"],
  ["[1, 'a']", "1:5: expected type 'int' but found 'string'"],
  ["{'a': 1, 'b': dyn(2)}", "1:18: expected type 'int' but found 'dyn'"],
  ['[?1]', "1:3: expected type 'optional_type(int)' but found 'int'"],
  ["duration('one')", '1:10: invalid duration argument'],
  ["'a'.matches('[')", '1:13: invalid matches argument'],
])('%s -> %s', (text, message) => {
  expect(() => compileProgram(text, new Map([['self', self ?? dyn]]))).toThrow(`ERROR: <input>:${message}`);
});

test.each([
  ["int('x') == 1", "type conversion error from 'string' to 'int'"],
  ["1 == 1 || uint('-1') == 1u", "type conversion error from 'string' to 'uint'"],
  ["'a'.find('(') == ''", 'error parsing regexp: missing closing ): `(`'],
  ["int('1') == 1", undefined],
])('%s -> can not be run for its constants: %s', (text, problem) => {
  expect(compileProgram(text, new Map()).problem).toBe(problem);
});

test.each<[text: string, want: unknown]>([
  [
    "Object{spec: Object.spec{replicas: 1 + 1, ?paused: optional.none(), tags: ['a']}, data: {'k': b'v'}}",
    { spec: { replicas: 2, tags: ['a'] }, data: { k: 'dg==' } },
  ],
  [
    "JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('x/y~z'), value: Object.a{b: [1, 2]}}",
    { op: 'add', path: '/a/x~1y~0z', value: { b: [1, 2] } },
  ],
])('an object of a patch type: %s', (text, want) => {
  const program = compileProgram(text, new Map(), { hasPatchTypes: true });
  const outcome = program.run(scopeOf({}));
  expect(outcome.ok && plainJson(outcome.value)).toEqual(want);
  expect(outcome.cost).toBeLessThanOrEqual(program.cost.max);
});

test.each([
  ['JSONPatch{op: 1}', "expected type of field 'op' is 'string' but provided type is 'int'"],
  ["JSONPatch{nope: ''}", "undefined field 'nope'"],
])('%s -> does not compile', (text, message) => {
  expect(() => compileProgram(text, new Map(), { hasPatchTypes: true })).toThrow(message);
});

test('an endless expression ends at its limit; what is known before bounds what it costs', () => {
  const list = `[${Array.from({ length: 60 }, (_, i) => i).join(',')}]`;
  const program = compileProgram(`${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c < 1000)))`, new Map());
  expect(program.cost.max).toBeGreaterThan(1_000_000);
  const outcome = program.run(scopeOf({}));
  expect(outcome.ok ? '' : outcome.error.message).toBe('operation cancelled: actual cost limit exceeded');
  const cheap = compileProgram(
    "self.startsWith('kube') && self.size() > 4",
    new Map([['self', { ...stringType, sizeMax: 40 }]]),
  );
  const run = cheap.run(scopeOf({ self: 'kubernetes' }));
  expect(run.cost).toBeGreaterThanOrEqual(cheap.cost.min);
  expect(run.cost).toBeLessThanOrEqual(cheap.cost.max);
});

// Figures of upstream's own table of costs.
test.each<[text: string, self: object, cost: number]>([
  ['type(self.a) == double', { a: 1.5 }, 4],
  ["self.a.startsWith('Rook')", { a: 'Rook takes 👑' }, 3],
  ["self.a.matches('^[^0-9]*$')", { a: 'Rook takes 👑' }, 8],
  ["self.a.charAt(3) == 'k'", { a: 'Rook takes 👑' }, 4],
  ["self.a.indexOf('o') == 1", { a: 'Rook takes 👑' }, 4],
  ["self.a.replace(' ', 'x') == 'Rookxtakesx👑'", { a: 'Rook takes 👑' }, 7],
  ["self.a.split(' ') == ['Rook', 'takes', '👑']", { a: 'Rook takes 👑' }, 6],
  ["self.a.substring(0, 4) == 'Rook'", { a: 'Rook takes 👑' }, 5],
  ['self.a.lowerAscii() == self.a.lowerAscii()', { a: 'Rook takes 👑' }, 10],
  ["'%e'.format([3.14]) == '3.140000×10⁰⁰'", {}, 3],
  ["!self.a.startsWith('knight')", { a: 'Rook takes pawn' }, 4],
  ["self.a == {'k1': 'a', 'k2': 'b'}", { a: { k1: 'a', k2: 'b' } }, 3],
  ['self.a + self.b == [1, 2, 3, 1, 2, 3]', { a: [1, 2, 3], b: [1, 2, 3] }, 6],
  ["self.a + ['c', 'd'] == ['a', 'b', 'c', 'd']", { a: ['a', 'b'] }, 4],
  ["!('a' in self.a)", { a: { k: 1 } }, 4],
  ['self.a.all(k, v, v > 0)', { a: { k1: 1, k2: 2 } }, 13],
])('%s on %j costs %d', (text, subject, cost) => {
  const outcome = compileProgram(text, new Map([['self', dyn]])).run(scopeOf({ self: plainValue(subject) }));
  expect(outcome).toMatchObject({ ok: true, value: true, cost });
});
