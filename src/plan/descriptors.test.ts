import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend, Server } from '../desired/desired-node.ts';
import { pipesMax } from '../tables/limits.ts';
import { descriptorsLack, descriptorsWanted, parseLimits } from './descriptors.ts';

const servers = (count: number): Server[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ name: `s${index}`, address: '10.1.0.1', port: index, state: 'ready' as const },
  }));
const haproxy = (maxConnections: number, count: number) => ({
  maxConnections,
  frontends: [{ name: 'a_b_80_v', servers: servers(count) } as unknown as Frontend],
});

test('what the supervisor found is read; without its file nothing is known', () => {
  const text = 'descriptors=20000\nconnections=0\nthreads=2\n';
  const limits = { descriptors: 20_000, connections: undefined, threads: 2 };
  assert.deepEqual(parseLimits(text), limits);
  assert.equal(parseLimits('connections=700\ndescriptors=9\n')?.connections, 700);
  assert.equal(parseLimits(''), undefined);
});

test('two descriptors a connection, one a server and a port; the command line’s number counts', () => {
  // HAProxy 3.0.11 asked for 2,201 with 1,000 connections, 100 servers, 51 ports, two threads.
  const limits = { descriptors: 1, connections: undefined, threads: 2 };
  const wanted = descriptorsWanted(haproxy(1_000, 100), limits);
  const pipes = 2 * pipesMax;
  assert.ok(wanted - pipes + 50 >= 2_201 && wanted - pipes < 2_300, `${wanted}`);
  const fewer = { ...limits, connections: 500 };
  assert.equal(wanted - descriptorsWanted(haproxy(1_000, 100), fewer), 1_000);
});

test('a file that HAProxy would not load is refused in words that say why and what to do', () => {
  const limits = { descriptors: 20_000, connections: undefined, threads: 2 };
  assert.equal(descriptorsLack(haproxy(8_000, 3_000), limits), undefined);
  const lack = descriptorsLack(haproxy(8_000, 10_000), limits) ?? '';
  assert.match(
    lack,
    /needs 26363 file descriptors, two for each of 8000 connections, one for each of/,
  );
  assert.match(
    lack,
    /10000 servers and 1 ports, and its container may have 20000: raise LimitNOFILE/,
  );
  assert.equal(descriptorsLack(haproxy(8_000, 10_000), undefined), undefined);
});
