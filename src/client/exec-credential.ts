// Who am I, says a program of the cluster's provider. Models client.authentication.k8s.io ExecCredential.

import { execFile } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { type ExecSpec, KubeconfigError } from './kubeconfig.ts';

interface Credential {
  token?: string;
  cert?: string;
  key?: string;
}

// A plugin may ask the user to log in in a browser.
const timeoutMs = 120_000;

/** Runs the plugin. Rejects with KubeconfigError that carries what it said. */
export async function execCredential(
  spec: ExecSpec,
  { clock, server }: { clock: Clock; server: string },
  signal: AbortSignal,
): Promise<Credential> {
  const { apiVersion = 'client.authentication.k8s.io/v1', command } = spec;
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(spec.provideClusterInfo && { cluster: { server } }) },
  };
  const env = Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value]));
  const text = await clock.withTimeout({ what: `credential plugin ${command}`, timeoutMs, signal }, (bounded) =>
    output(command, { args: spec.args ?? [], env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) } }, bounded),
  );
  const status = parsed(text, command)?.status;
  if (!status?.token && !status?.clientCertificateData)
    throw new KubeconfigError(`The credential plugin ${command} gave neither a token nor a certificate`);
  return {
    ...(status.token && { token: status.token }),
    ...(status.clientCertificateData && { cert: status.clientCertificateData }),
    ...(status.clientKeyData && { key: status.clientKeyData }),
  };
}

interface ExecCredential {
  status?: { token?: string; clientCertificateData?: string; clientKeyData?: string };
}

function parsed(text: string, command: string): ExecCredential | undefined {
  try {
    return JSON.parse(text) as ExecCredential;
  } catch (error) {
    throw new KubeconfigError(`The credential plugin ${command} printed no JSON: ${text.slice(0, 100)}`, {
      cause: error,
    });
  }
}

function output(
  command: string,
  { args, env }: { args: string[]; env: Record<string, string> },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, signal, maxBuffer: 2 ** 20 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal.aborted) reject(signal.reason);
      else
        reject(
          new KubeconfigError(`The credential plugin ${command} failed: ${stderr.trim() || error.message}`, {
            cause: error,
          }),
        );
    });
  });
}
