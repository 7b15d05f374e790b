/** Port of the kubelet API where a Node object names no other. Source: kubelet's --port, ports.KubeletPort. */
export const defaultKubeletPort = 10_250;
