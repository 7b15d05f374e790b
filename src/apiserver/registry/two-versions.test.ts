// A built-in kind in two versions of its group: autoscalers, written and read in either.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { mergePatch, startTestServer, type TestServer } from '../testing.ts';

const v1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const v2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cpu = (averageUtilization: number): object => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

describe('autoscalers in two versions', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('a first version is read as a second, and changed there', async () => {
    await server.create(v1, {
      metadata: { name: 'web' },
      spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
    });
    const second = await server.call(`GET ${v2}/web`);
    expect(second.json).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { minReplicas: 1, maxReplicas: 3, metrics: [cpu(70)] },
    });

    await server.call(`PATCH ${v2}/web`, { spec: { metrics: [cpu(55)] } }, mergePatch);
    const first = await server.call(`GET ${v1}/web`);
    expect(first.json).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { scaleTargetRef, targetCPUUtilizationPercentage: 55 },
    });
    expect(first.json.spec).not.toHaveProperty('metrics');
  });

  it('lists and watches say the version that was asked for', async () => {
    const list = await server.call(`GET ${v1}`);
    expect(list.json).toMatchObject({ kind: 'HorizontalPodAutoscalerList', apiVersion: 'autoscaling/v1' });
    const [added] = await server.watch(`${v1}?watch=1`, 1);
    expect(added).toMatchObject({
      type: 'ADDED',
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 55 } },
    });
  });

  it('refusals name the fields of the version that was sent', async () => {
    const { status, json } = await server.call(`POST ${v1}`, {
      metadata: { name: 'none' },
      spec: { scaleTargetRef, maxReplicas: 0 },
    });
    expect(status).toBe(422);
    expect(json.message).toContain('spec.maxReplicas: Required value: must be set and greater than 0');
  });

  it('the second is preferred', async () => {
    const { json } = await server.call('GET /apis/autoscaling');
    expect(json).toMatchObject({ preferredVersion: { groupVersion: 'autoscaling/v2' } });
  });
});
