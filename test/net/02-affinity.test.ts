/** sessionAffinity: ClientIP, also on the node that takes the VIP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabClient } from '../lab/client.ts';
import { patchService } from '../lab/patch-service.ts';
import { killHaproxy } from '../lab/story/breaking.ts';
import { converged } from '../lab/story/converged.ts';
import { pool } from '../lab/story/fairlead.ts';
import { holderOf } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { askHaproxies } from './haproxies.ts';
import { addressesOf, webDeployment, webService } from './web.ts';

const replicas = 4;

test('R51, R52, R53: clients keep their replica, also when the VIP moves; None spreads again', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'affinity');
  const web = { name: 'sticky', namespace };
  const sticky = { sessionAffinity: 'ClientIP' };
  await apply(lab, webService(web, sticky), webDeployment(web, { replicas }));
  const addresses = await addressesOf(lab, web, 2);
  const clients = [await lab.client('others'), await lab.client('stranger')];
  const asked = () => Promise.all(clients.map((client) => replicasOf(client, addresses)));
  await waitFor({ what: 'every client on one replica', boundSeconds: 60 }, async () => {
    const seen = await asked();
    return seen.every((each) => each.every((names) => names.length === 1)) || seen.join(' ');
  });
  const first = await asked();
  await waitFor({ what: 'every node to know both clients', boundSeconds: 30 }, async () => {
    const known = (await askHaproxies(lab, 'show table')).map((text) => clientsKnown(text, web));
    const isAll = (each: number[]) => each.length === 2 && each.every((count) => count === 2);
    return known.every(isAll) || known.join(' ');
  });
  const holder = await holderOf(lab, addresses[0] ?? '');
  await killHaproxy(holder, pool);
  await waitFor({ what: 'another node', boundSeconds: 30, everyMs: 200 }, async () => {
    const now = await holderOf(lab, addresses[0] ?? '').catch(() => holder);
    return now.name !== holder.name || holder.name;
  });
  assert.deepEqual(await asked(), first, 'on the node that took the VIP');
  await converged(lab);
  await patchService(lab, web, { sessionAffinity: 'None' });
  await waitFor({ what: 'several replicas for a client', boundSeconds: 30 }, async () => {
    const [[names = []] = []] = await asked();
    return names.length > 1 || names.join();
  });
});

/** How many clients the tables of a Service hold: a table for each of its addresses. */
function clientsKnown(tables: string, web: { name: string; namespace: string }): number[] {
  const line = new RegExp(`^# table: ${web.namespace}_${web.name}_.*, used:(\\d+)$`, 'gm');
  return [...tables.matchAll(line)].map(([, used]) => Number(used));
}

/** Which replicas answer eight requests of a client, address by address. */
async function replicasOf(client: LabClient, addresses: readonly string[]): Promise<string[][]> {
  const all: string[][] = [];
  for (const address of addresses) {
    const names = new Set<string>();
    for (let request = 0; request < 8; request += 1) {
      const url = `${webUrl(address, 80)}`;
      names.add((await client.exec(['curl', '-sS', '-g', '-m', '5', url])).trim());
    }
    all.push([...names].sort());
  }
  return all;
}
