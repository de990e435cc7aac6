// Every rendered-*.case holds objects as a user writes them and what a node makes of them. The
// data-plane tests give the whole files to the image's own daemons; FAIRLEAD_BLESS=1 with those
// writes what comes out anew, and only what the daemons accept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingRow } from '../../src/tables/settings/setting-row.ts';
import { type SettingName, settingNames, settings } from '../../src/tables/settings.ts';
import { desiredOf, type Manifest } from './case-cluster.ts';
import { goldenText, objectCases, rendered } from './golden.ts';

const cases = objectCases();

for (const of of cases) {
  test(`${of.name} is rendered as it was when it was blessed`, () => {
    assert.equal(goldenText(of), of.text);
  });
}

for (const name of settingNames) {
  test(`${name} changes what is rendered, in some case`, () => {
    const row: SettingRow = settings[name];
    const shown = cases.flatMap(({ objects }) => {
      const values = valuesOf(name, objects);
      if (values.length === 0) return [];
      const without = rendered(desiredOf(objects.map((each) => withoutSetting(name, each))));
      return JSON.stringify(without) === JSON.stringify(rendered(desiredOf(objects))) ? [] : values;
    });
    const wanted = row.kind === 'choice' ? row.values.filter((each) => each !== row.default) : [];
    const missing = wanted.filter((value) => !shown.includes(value));
    assert.ok(shown.length > 0, 'no case has it');
    assert.deepEqual(missing, [], 'no case has these values');
  });
}

/** What Services set, for all of their ports or for one. */
function valuesOf(name: SettingName, objects: readonly Manifest[]): readonly string[] {
  return objects.flatMap(({ metadata: { annotations = {} } }) =>
    Object.entries(annotations).flatMap(([key, value]) => (isOf(name, key) ? [value] : [])),
  );
}

function withoutSetting(name: SettingName, of: Manifest): Manifest {
  const others = Object.entries(of.metadata.annotations ?? {}).filter(([key]) => !isOf(name, key));
  return { ...of, metadata: { ...of.metadata, annotations: Object.fromEntries(others) } };
}

function isOf(name: SettingName, annotation: string): boolean {
  return annotation.replace(/\.\d+$/, '') === `fairlead.dev/${name}`;
}
