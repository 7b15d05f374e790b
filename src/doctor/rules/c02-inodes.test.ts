import { volumeStats } from '../testing/backend.ts';
import { claim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { c02Inodes } from './c02-inodes.ts';

describeRule(c02Inodes, {
  finds: [
    {
      name: 'no inode left -> found',
      objects: [volumeStats({ inodesFree: 0 }), claim(), volume()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'can take no more, though 50 % of its space is free',
      verdicts: { 'Remove small files': 'needs-expert', 'Remove files by age': 'unsafe' },
    },
    {
      name: 'few inodes left, volume not known -> found',
      objects: [volumeStats({ inodesFree: 20 }), claim()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'only 20 more',
    },
  ],
  passesBy: [
    { name: 'many left -> silent', objects: [volumeStats(), claim()] },
    {
      name: 'file system counts no inodes -> silent',
      objects: [volumeStats({ inodes: 0, inodesFree: 0 }), claim()],
    },
    {
      name: 'only read -> silent',
      objects: [volumeStats({ inodesFree: 0 }), claim({ spec: { accessModes: ['ReadOnlyMany'] } })],
    },
  ],
});
