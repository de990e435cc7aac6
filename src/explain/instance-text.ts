import type { InstanceRow } from './instance-rows.ts';
import { type Line, toned } from './page.ts';
import type { Section } from './section.ts';

/** A VRRP instance: who holds it, who else could, and what is wrong with it. */
export function instanceSection(row: InstanceRow): Section {
  const { instance, vrid, segment, holder, claims, members, bad } = row;
  const held = holder === null ? 'held by nobody' : `held by ${holder}`;
  return {
    title: 'Instance',
    text: `${instance}: VRID ${vrid} on ${segment}, ${held}`,
    ok: holder !== null && claims.length < 2 && bad.length === 0,
    rows: [
      ...members.map(
        ({ node, address, interface: on, rank, state }): Line => [
          node,
          `rank ${rank}`,
          state === 'Member' ? state : toned('warn', state),
          `${address} on ${on}`,
          claims.includes(node) ? toned('good', 'holds') : '',
        ],
      ),
      ...bad.map(({ code, sentence }): Line => [toned('bad', code), sentence]),
    ],
  };
}
