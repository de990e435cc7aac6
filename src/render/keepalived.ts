import type { DesiredInstance, DesiredKeepalived, DesiredVip } from '../desired/desired-node.ts';
import { instanceTrack, type PoolPaths } from './pool-paths.ts';
import { LineWriter } from './writer.ts';

/** The name of an instance inside Keepalived; what JSON, logs and notifications carry. */
export function keepalivedName(vrid: number): string {
  return `v${vrid}`;
}

/**
 * The whole keepalived.conf of a pool on a node; accepted by Keepalived 2.3.3 (dataplane.md section
 * 3).
 */
export function renderKeepalived(desired: DesiredKeepalived, paths: PoolPaths): string {
  const w = new LineWriter();
  w.comment('Written by the Fairlead agent of this node; changes by hand are overwritten.');
  globalDefinitions(w, desired, paths);
  tracking(w, desired, paths);
  for (const instance of desired.instances) vrrpInstance(w, instance);
  return w.text();
}

function globalDefinitions(w: LineWriter, desired: DesiredKeepalived, paths: PoolPaths): void {
  w.block(['global_defs'], () => {
    w.line('router_id', desired.routerId);
    w.line('vrrp_version', 3);
    w.line('enable_script_security');
    w.line('script_user', 'root');
    w.comment('Without it a bad file at a reload ends the daemon and leaves its VIPs behind.');
    w.line('reload_check_config', paths.keepalivedCheckLog);
    w.comment('Many VIPs at once must not leave as one burst.');
    w.line('vrrp_garp_interval', '0.001');
    w.line('vrrp_gna_interval', '0.001');
  });
}

function tracking(w: LineWriter, desired: DesiredKeepalived, paths: PoolPaths): void {
  trackFile(w, 'haproxy', paths.haproxyTrack);
  for (const { vrid } of desired.instances) {
    trackFile(w, keepalivedName(vrid), instanceTrack(paths, vrid));
  }
  w.block(['vrrp_script', 'haproxy_answers'], () => {
    w.comment('The net under the track file: it works without the agent, and catches a hang.');
    w.quoted('script', ['/usr/local/bin/fairlead-probe', paths.haproxySocket]);
    w.line('interval', 1);
    w.line('timeout', 1);
    w.line('fall', 2);
    w.line('rise', 1);
    w.comment('A node that starts takes nothing before its HAProxy has answered.');
    w.line('init_fail');
  });
}

// weight 0 means FAULT: a mere lower priority moves nothing under nopreempt.
function trackFile(w: LineWriter, name: string, file: string): void {
  w.block(['track_file', name], () => {
    w.line('file', file);
    w.line('weight', 0);
  });
}

function vrrpInstance(w: LineWriter, instance: DesiredInstance): void {
  const { vrid } = instance;
  w.block(['vrrp_instance', keepalivedName(vrid)], () => {
    w.line('version', 3);
    w.comment('Every node starts as backup: a returning one must not cut connections.');
    w.line('state', 'BACKUP');
    w.line('nopreempt');
    w.line('interface', instance.interface);
    w.line('virtual_router_id', vrid);
    w.line('priority', instance.priority);
    w.line('advert_int', seconds(instance.advertIntervalMs));
    w.line('garp_master_delay', 1);
    w.line('garp_master_refresh', 60);
    w.line('unicast_src_ip', instance.sourceAddress);
    peers(w, instance);
    w.block(['track_file'], () => {
      w.line('haproxy');
      w.line(keepalivedName(vrid));
    });
    w.block(['track_script'], () => w.line('haproxy_answers'));
    addresses(w, instance);
  });
}

function peers(w: LineWriter, { peers, sourceAddress }: DesiredInstance): void {
  w.block(['unicast_peer'], () => {
    for (const peer of peers) w.line(peer);
    if (peers.length > 0) return;
    // M 2.3.3: without peers it falls back to multicast (`-t` says 5), and the first peer that
    // joins makes the VIPs flap.
    w.comment('Alone: itself as a peer keeps it unicast, so that the first joiner moves nothing.');
    w.line(sourceAddress.includes(':') ? '::1' : '127.0.0.1');
  });
}

function addresses(w: LineWriter, instance: DesiredInstance): void {
  const bits = instance.anchor.includes(':') ? 128 : 32;
  w.comment('The fixed anchor: adverts never grow and the lists of two nodes never differ.');
  w.block(['virtual_ipaddress'], () => {
    w.line(`${instance.anchor}/${bits}`, 'dev', 'lo', 'scope', 'host');
  });
  if (instance.vips.length === 0) return;
  w.block(['virtual_ipaddress_excluded'], () => {
    for (const vip of instance.vips) w.line(...vipWords(vip));
  });
}

// noprefixroute and preferred_lft 0 keep the VIP from becoming the node's source address.
function vipWords({ address, family, interface: device }: DesiredVip): string[] {
  return family === 'IPv4'
    ? [`${address}/32`, 'dev', device, 'noprefixroute']
    : [`${address}/128`, 'dev', device, 'preferred_lft', '0'];
}

/**
 * Keepalived takes seconds with up to two decimals: VRRPv3 carries centiseconds (RFC 9568, 5.2.7).
 */
function seconds(milliseconds: number): string {
  return (Math.round(milliseconds / 10) / 100).toString();
}
