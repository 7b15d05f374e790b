import { describeRevisionStore, testBoundedHistory } from './conformance.ts';
import { memoryStore } from './memory-store.ts';
import type { StoreUnderTest } from './model.ts';

async function open(options: { keepRevisions?: number }): Promise<StoreUnderTest> {
  const store = memoryStore(options);
  return { store, close: () => store.close() };
}

describeRevisionStore('memoryStore', open);
testBoundedHistory(open);
