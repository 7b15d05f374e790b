// Each file of tests that shares its process with others leaves it as it found it, or fails.

import { afterAll, beforeAll, expect, vi } from 'vitest';
import { differences, type Traces, tracesOf } from './traces.ts';

let before: Traces = new Map();

beforeAll(() => {
  before = tracesOf();
});

// Runs behind the file's own, which were heard of later. What it has closed may take a moment to be gone.
afterAll(() => vi.waitFor(() => expect(differences(before, tracesOf())).toEqual([]), { timeout: 5000, interval: 10 }));
