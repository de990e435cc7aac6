import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService, aSnapshot } from '../../test/build/cluster.ts';
import type { Picture } from './picture.ts';
import { verdictOf } from './service-verdict.ts';

const condition = (type: string, status: string, reason: string) => {
  return { type: `fairlead.dev/${type}`, status, reason, message: 'why' };
};

test('of what nobody can tell it is not said that it answers', () => {
  const verdict = (status: string, reason: string) => {
    const conditions = [
      condition('Allocated', 'True', 'Allocated'),
      condition('Programmed', 'True', 'Programmed'),
      condition('PortsServed', 'True', 'PortsServed'),
      condition('CertificatesReady', status, reason),
    ];
    const service = aService('shop/web', { conditions });
    const picture = { snapshot: aSnapshot({ services: [service] }) } as unknown as Picture;
    const { state, code } = verdictOf(picture, service, { vips: [], frontends: [] });
    return [state, code];
  };
  assert.deepEqual(verdict('True', 'CertificatesReady'), ['answers', 'Programmed']);
  assert.deepEqual(verdict('Unknown', 'ReportIncomplete'), ['partly', 'ReportIncomplete']);
});
