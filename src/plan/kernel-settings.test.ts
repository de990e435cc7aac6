import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTroubles, parseKernelSettings } from './kernel-settings.ts';

const usual = {
  ...{ timeWaitReuse: '2\n', localPorts: '32768\t60999\n', listenBacklog: '4096\n' },
  synBacklog: '512\n',
};

test('the files of /proc/sys are read; one that is not there is not known', () => {
  assert.deepEqual(parseKernelSettings(usual), {
    ...{ timeWaitReuse: 2, localPorts: 28_232, listenBacklog: 4_096, synBacklog: 512 },
  });
  const none = { timeWaitReuse: '', localPorts: '', listenBacklog: '', synBacklog: 'x' };
  const unknown = { timeWaitReuse: null, localPorts: null, listenBacklog: null, synBacklog: null };
  assert.deepEqual(parseKernelSettings(none), unknown);
  assert.deepEqual(kernelTroubles(unknown), []);
});

test('a closed connection that blocks its port limits new ones to what there are ports a minute', () => {
  const troubles = kernelTroubles(parseKernelSettings(usual));
  assert.equal(troubles.length, 1);
  assert.match(troubles[0] ?? '', /tcp_tw_reuse is 2: .* about 470 new connections .* set it to 1/);
  assert.deepEqual(kernelTroubles(parseKernelSettings({ ...usual, timeWaitReuse: '1' })), []);
});

test('few ports, or a short queue, are said as well', () => {
  const few = { timeWaitReuse: '1', localPorts: '60000 60999', listenBacklog: '128' };
  const troubles = kernelTroubles(parseKernelSettings({ ...usual, ...few }));
  assert.deepEqual(
    troubles.map((text) => /^net\.(\S+)/.exec(text)?.[1]),
    ['ipv4.ip_local_port_range', 'core.somaxconn'],
  );
});
