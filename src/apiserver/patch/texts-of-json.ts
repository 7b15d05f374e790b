// Which part of a text of JSON is an object or list written in?

import { ownField } from '../../apimachinery/json-fields.ts';

interface Level {
  value: unknown;
  start: number;
  /** Of the field or item that comes next. */
  key: string;
  /** Is a key of an object next? */
  isKeyNext: boolean;
}

/** The texts of all objects and lists of `value`, which `text` was parsed as. Of a field that is named twice it has the last. */
export function textsOfJson(text: string, value: unknown): Map<unknown, string> {
  const texts = new Map<unknown, string>();
  const levels: Level[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      const own = level ? fieldOf(level.value, level.key) : value;
      levels.push({ value: own, start: index, key: '0', isKeyNext: token === '{' });
    } else if (token === '}' || token === ']') {
      const ended = levels.pop();
      if (ended && isOf(token, ended.value)) texts.set(ended.value, text.slice(ended.start, index + 1));
    } else if (token === ',') {
      if (Array.isArray(level?.value)) level.key = String(Number(level.key) + 1);
      else if (level) level.isKeyNext = true;
    } else if (level?.isKeyNext) {
      level.key = JSON.parse(token) as string;
      level.isKeyNext = false;
    }
  }
  return texts;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? ownField(value as Record<string, unknown>, key) : undefined;
}

/** What a field that is named again stood for is gone. */
function isOf(end: string, value: unknown): boolean {
  return typeof value === 'object' && value !== null && Array.isArray(value) === (end === ']');
}
