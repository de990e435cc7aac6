import { kubeJson, type List } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import { type Soak, servedAddresses } from './network-actions.ts';

type RawVip = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly address: string };
};

/** Release, cool-down and their writes are through within this time. */
const releasedSeconds = 120;

/** Waits until there is one Vip for every address that is served, and none beside them. */
export async function nothingLeftOver(soak: Soak): Promise<void> {
  const wanted = servedAddresses(soak).toSorted().join(', ');
  const what = `the Vips to be ${wanted}`;
  await waitFor({ what, boundSeconds: releasedSeconds, everyMs: 1_000 }, async () => {
    const { items } = await kubeJson<List<RawVip>>(soak.lab, ['get', 'vips']);
    const found = items
      .map(({ spec }) => spec.address)
      .toSorted()
      .join(', ');
    return found === wanted || found;
  });
}
