// Every kind of health check, with the real HAProxy and the real server it is for: who is well is
// up, who does not serve or is gone is down.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server } from './desired.ts';
import { writePodCertificate } from './pod-certificate.ts';
import {
  missingServers,
  mysqlStartsWith,
  redisPassword,
  startMysql,
  startPostgresql,
  startRedis,
  startSmtp,
} from './real-servers.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { verdict } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? missingServers() ?? false;

suite('health checks of real servers', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let servers: ChildProcess[] = [];

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    agent = await rig.serve(node);
  });
  afterEach(() => {
    for (const child of servers) child.kill('SIGKILL');
    servers = [];
  });
  after(() => rig.close());

  function started(child: ChildProcess): ChildProcess {
    servers.push(child);
    return child;
  }

  /** Has one server checked by the settings. */
  const check = (settings: ServiceSettings, port: number, more: object = {}) => {
    const one = frontend(80, [server('10.99.0.1', port)]);
    return agent.apply(desiredFor(node, rig.nodes, [{ ...one, ...more, settings }]));
  };

  async function isUp(port: number, status: string): Promise<void> {
    const wanted = new RegExp(`^UP ${status} `);
    await seen(port, wanted);
  }

  async function isDown(port: number, status: RegExp): Promise<void> {
    await seen(port, new RegExp(`^DOWN .*(?:${status.source})`));
  }

  async function seen(port: number, wanted: RegExp): Promise<void> {
    let last = '';
    await until(`${wanted.source} of ${port}`, () => {
      last = verdict(rig, node, port);
      return wanted.test(last);
    }).catch((error: Error) => assert.fail(`${error.message}; last: ${last}`));
  }

  test('Redis: who answers to PING; not who wants a password first', async () => {
    const redis = started(startRedis(rig, 9101));
    await check({ 'health-check': 'Redis' }, 9101);
    await isUp(9101, 'L7OK');
    redisPassword(rig, 9101, 'secret');
    await isDown(9101, /L7/);
    redisPassword(rig, 9101, '');
    await isUp(9101, 'L7OK');
    redis.kill('SIGKILL');
    await isDown(9101, /L4CON/);
  });

  test('MySQL: who lets the user in', async () => {
    mysqlStartsWith(rig, "CREATE USER IF NOT EXISTS 'other'@'%';\n");
    const stranger = started(startMysql(rig, 9102));
    await check({ 'health-check': 'MySQL', 'health-check-user': 'probe' }, 9102);
    await isDown(9102, /L7STS .*Access denied for user 'probe'/);
    stranger.kill('SIGKILL');
    await isDown(9102, /L4CON/);
    mysqlStartsWith(rig, "CREATE USER IF NOT EXISTS 'probe'@'%';\n");
    const mysql = started(startMysql(rig, 9102));
    await isUp(9102, 'L7OK');
    await check({ 'health-check': 'MySQL' }, 9102);
    await isDown(9102, /L7STS .*Access denied for user 'haproxy'/);
    mysql.kill('SIGKILL');
    await isDown(9102, /L4CON/);
  });

  test('PostgreSQL: who would sign the user in, also by a password', async () => {
    const settings = { 'health-check': 'PostgreSQL', 'health-check-user': 'probe' } as const;
    const closed = started(startPostgresql(rig, 9103, 'host all all 0.0.0.0/0 reject'));
    await check(settings, 9103);
    await isDown(9103, /L7/);
    closed.kill('SIGQUIT');
    await isDown(9103, /L4CON/);
    const open = 'host all probe 0.0.0.0/0 scram-sha-256';
    const postgresql = started(startPostgresql(rig, 9103, open));
    await isUp(9103, 'L7OK');
    postgresql.kill('SIGQUIT');
    await isDown(9103, /L4CON/);
  });

  test('SMTP: who greets and answers; not who only takes the connection', async () => {
    const smtp = started(startSmtp(rig, 9104));
    await check({ 'health-check': 'SMTP' }, 9104);
    await isUp(9104, 'L7OK');
    smtp.kill('SIGSTOP');
    await isDown(9104, /L7TOUT/);
    smtp.kill('SIGCONT');
    await isUp(9104, 'L7OK');
    await check({ 'health-check': 'SMTP', 'health-check-host': 'check.example.com' }, 9104);
    await isUp(9104, 'L7OK');
    smtp.kill('SIGKILL');
    await isDown(9104, /L4CON/);
  });

  /** A gRPC pod; `statuses` are those of its services. */
  function grpcPod(port: number, kind: 'plain' | 'tls'): ChildProcess {
    const file = join(import.meta.dirname, 'grpc-pod.ts');
    const words = [file, rig.directory, String(port), kind];
    return started(rig.start(rig.client, process.execPath, ...words));
  }
  const status = (service: string, number: number) =>
    writeFileSync(join(rig.directory, `${service}.status`), String(number));

  test('GRPC: who is SERVING, as a whole or by a service', async () => {
    status('server', 1);
    const pod = grpcPod(9105, 'plain');
    await check({ 'health-check': 'GRPC' }, 9105);
    await isUp(9105, 'L7OK');
    status('server', 2);
    await isDown(9105, /L7STS.*not SERVING/);
    const own = { 'health-check': 'GRPC', 'health-check-grpc-service': 'shop.v1.Cart' } as const;
    await check(own, 9105);
    await isDown(9105, /L7TOUT.*no status from grpc\.health\.v1\.Health/);
    status('shop.v1.Cart', 1);
    await isUp(9105, 'L7OK');
    // What speaks HTTP/2 to the pods has the same check.
    await check(own, 9105, { http: { serverProtocol: 'HTTP2' } });
    status('shop.v1.Cart', 3);
    await isDown(9105, /L7STS/);
    status('shop.v1.Cart', 1);
    await isUp(9105, 'L7OK');
    pod.kill('SIGKILL');
    await isDown(9105, /L4CON/);
    rmSync(join(rig.directory, 'shop.v1.Cart.status'));
  });

  test('GRPC over TLS to the pod', async () => {
    using authority = new Authority();
    writePodCertificate(rig, authority, ['pod.shop.example']);
    status('server', 1);
    const pod = grpcPod(9106, 'tls');
    await check({ 'health-check': 'GRPC' }, 9106, { serverTls: {} });
    await isUp(9106, 'L7OK');
    status('server', 2);
    await isDown(9106, /L7STS/);
    status('server', 1);
    await isUp(9106, 'L7OK');
    pod.kill('SIGKILL');
    await isDown(9106, /L4CON/);
  });
});
