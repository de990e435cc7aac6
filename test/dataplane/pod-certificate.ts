import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../lab/certificates.ts';
import type { Rig } from './rig.ts';

/** Writes what pods that end TLS have, for these names: pod.crt and pod.key of the rig. */
export function writePodCertificate(rig: Rig, authority: Authority, names: string[]): void {
  const { certificate, key } = authority.issue(names);
  writeFileSync(join(rig.directory, 'pod.crt'), certificate);
  writeFileSync(join(rig.directory, 'pod.key'), key);
}
