// Which fields of autoscalers does the server fill in? Upstream's pkg/apis/autoscaling.

import type { HorizontalPodAutoscaler, HPAScalingRules } from './generated/v2.ts';

const periodSeconds = 15;
const allPods = { type: 'Percent', value: 100, periodSeconds };

/** Up at once, by four pods or to twice as many. */
const scaleUpRules = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [{ type: 'Pods', value: 4, periodSeconds }, { ...allPods }],
});
const scaleDownRules = (): HPAScalingRules => ({ selectPolicy: 'Max', policies: [{ ...allPods }] });

/** One pod at least; four fifths of the requested CPU when no metric is named. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (!spec) return;
  spec.minReplicas ??= 1;
  const { behavior } = spec;
  if (behavior) {
    behavior.scaleUp = { ...scaleUpRules(), ...behavior.scaleUp };
    behavior.scaleDown = { ...scaleDownRules(), ...behavior.scaleDown };
  }
  if (spec.metrics?.length) return;
  spec.metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ];
}
