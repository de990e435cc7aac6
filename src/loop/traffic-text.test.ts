import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortTraffic } from '../plan/traffic.ts';
import { trafficText } from './traffic-text.ts';

const port = (namespace: string, stot: number): PortTraffic => ({
  ...{ namespace, service: 'web', port: '80' },
  values: {
    ...{ scur: 0, stot, bin: 0, bout: 0, dcon: 0, dses: 0, req_tot: 0, dreq: 0 },
    ...{ hrsp_5xx: 0, rtime: 0 },
    ...{ qcur: 0, econ: 0, wretr: 0, wredis: 0, act: 1, bck: 2 },
  },
});

test('the text is what Prometheus reads: help and type once, then a line a port', () => {
  const text = trafficText(new Map([['edge', [port('blog', 7), port('shop', 15)]]]));
  const lines = text.split('\n').filter((line) => line.includes('fairlead_service_connections'));
  assert.deepEqual(lines.slice(1), [
    '# TYPE fairlead_service_connections_total counter',
    'fairlead_service_connections_total{pool="edge",namespace="blog",service="web",port="80"} 7',
    'fairlead_service_connections_total{pool="edge",namespace="shop",service="web",port="80"} 15',
  ]);
  const up = text.split('\n').filter((line) => line.startsWith('fairlead_service_servers_up{'));
  const spares =
    'fairlead_service_servers_up{pool="edge",namespace="blog",service="web",port="80"} 3';
  assert.equal(up[0], spares, 'spare ones count');
  assert.equal(trafficText(new Map([['edge', []]])), '');
});
