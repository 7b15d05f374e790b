// Last step: what does the storage itself say about two writers?

import type { Step } from '../context.ts';
import { findDoubleWrites } from '../double-writes.ts';

export const doubleWritesStep: Step = {
  id: 'double-writes',
  title: 'Comparing every generation with its cut',
  timeoutMs: 120_000,
  async run({ cluster, facts, measurements }, signal) {
    if (facts.volumes === 'directory') {
      measurements['double-writes'] = facts.lateAcknowledgements > 0 ? facts.lateAcknowledgements : 'not-offered';
      return { note: 'folders have no generations to compare', lateAcknowledgements: facts.lateAcknowledgements };
    }
    const { compared, changed, unpaired } = await findDoubleWrites(cluster.poolDir, signal);
    if (compared === 0)
      throw new Error(`There is no generation with its cut below ${cluster.poolDir}: nothing can be shown`);
    if (unpaired.length > 0)
      throw new Error(`The generations of ${unpaired.length} cuts are gone, the first of ${unpaired[0]}`);
    measurements['double-writes'] = changed.length + facts.lateAcknowledgements;
    return { compared, changed: changed.length, lateAcknowledgements: facts.lateAcknowledgements };
  },
};
