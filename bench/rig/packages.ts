import type { Packages } from '../../test/lab/packages.ts';

/** Debian packages that nothing but a bench needs. */
export const benchPackages: Packages = {
  wrk: 'asks over connections that stay, or resumes TLS: a client that costs less than a proxy',
  'apache2-utils': 'its ab makes a full TLS handshake for every request, which wrk does not',
};
