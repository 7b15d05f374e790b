import { describeRevisionStore } from './conformance.ts';
import { memoryStore } from './memory-store.ts';

describeRevisionStore('memoryStore', async (options) => {
  const store = memoryStore(options);
  return { store, close: () => store.close() };
});
