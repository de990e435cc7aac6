/** Pods that run what is installed on the machine: real servers, without an image of each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { webImage } from '../lab/image-names.ts';

/** A pod of containers by name, each a script of bash; all have one folder, /data. */
export type MachinePod = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly user?: number | undefined;
};

/** The web server's image has no file that these would hide. The links are Debian's. */
const folders = ['/usr', '/bin', '/lib', '/lib64'];
/** Who a user is, and where names are looked up. */
const files = ['/etc/passwd', '/etc/group', '/etc/nsswitch.conf'];

export function machinePod({ name, namespace, labels, scripts, user = 0 }: MachinePod): object {
  const lent = [...folders, ...files].map((path, at) => ({ name: `lent-${at}`, path }));
  const volumeMounts = [
    ...lent.map(({ name: lentName, path }) => ({
      ...{ name: lentName, mountPath: path, readOnly: true },
    })),
    { name: 'data', mountPath: '/data' },
  ];
  const containers = Object.entries(scripts).map(([container, script]) => ({
    ...{ name: container, image: webImage, imagePullPolicy: 'Never' },
    command: ['/bin/bash', '-c', script],
    env: [{ name: 'PATH', value: '/usr/sbin:/usr/bin' }],
    securityContext: { runAsUser: user },
    volumeMounts,
  }));
  const volumes = [
    ...lent.map(({ name: lentName, path }) => ({ name: lentName, hostPath: { path } })),
    { name: 'data', emptyDir: {} },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { terminationGracePeriodSeconds: 1, containers, volumes },
  };
}

/** The script that runs a Python program of this folder, with words of bash. */
export function python(file: string, ...words: readonly string[]): string {
  const program = readFileSync(join(import.meta.dirname, file), 'utf8');
  return `exec python3 - ${words.join(' ')} <<'END'\n${program}\nEND`;
}
