import { node, pod, silentNode } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { budget } from '../testing/workload-builders.ts';
import { w03EvictionBlocked } from './w03-eviction-blocked.ts';

const stuck = budget({ status: { currentHealthy: 1, disruptionsAllowed: 0 } });
const labels = { app: 'db' };
const replica = (name: string, ready: string, spec: object = {}) =>
  pod({ metadata: { name, labels }, spec, status: { conditions: [{ type: 'Ready', status: ready }] } });
const cordoned = node({ spec: { unschedulable: true } });

describeRule(w03EvictionBlocked, {
  finds: [
    {
      name: 'one of two replicas is not ready -> the other is the last healthy copy',
      objects: [
        stuck,
        replica('db-0', 'True'),
        replica('db-1', 'False', { nodeName: 'node-2' }),
        node(),
        silentNode(9),
      ],
      subjects: ['PodDisruptionBudget shop/db'],
      sentence: 'the last healthy copy',
      blames: ['Pod shop/db-1', 'Node node-2', 'PersistentVolumeClaim shop/data'],
      verdicts: { 'Make the unhealthy': 'safe', 'Delete the budget': 'unsafe' },
    },
    {
      name: 'all healthy, none may go, and the node is being drained -> found',
      objects: [stuck, replica('db-0', 'True'), cordoned],
      subjects: ['PodDisruptionBudget shop/db'],
      sentence: 'the drain of node-1 stands still',
      verdicts: { 'Stop the drain': 'safe', 'Drain node-1 once': 'safe-after-proof' },
    },
    {
      name: 'pods that serve devices of the node, without claims -> found',
      objects: [stuck, replica('db-0', 'True', { volumes: [{ name: 'dev', hostPath: { path: '/dev' } }] }), cordoned],
      subjects: ['PodDisruptionBudget shop/db'],
    },
  ],
  passesBy: [
    { name: 'one may go -> silent', objects: [budget(), replica('db-0', 'True'), replica('db-1', 'False'), cordoned] },
    { name: 'none may go and nobody is to -> silent', objects: [stuck, replica('db-0', 'True'), node()] },
    {
      name: 'pods without storage -> silent',
      objects: [stuck, replica('db-0', 'False', { volumes: [] }), cordoned],
    },
  ],
});
