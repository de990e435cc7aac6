import fc from 'fast-check';
import { annotations } from '../../src/tables/names.ts';
import {
  type SettingName,
  type SettingRow,
  settingAnnotation,
  settingField,
  settingNames,
  settings,
} from '../../src/tables/settings.ts';
import { network } from './hostile-networks.ts';
import { free, type Manner } from './hostile-text.ts';

type Pair = readonly [name: string, value: string];

/** Annotations of a Service: settings of the table, source ranges, others of ours. */
export function hostileAnnotations(manner: Manner): fc.Arbitrary<Record<string, string>> {
  const pairs = fc.array(fc.oneof(...ofTable(manner), ranges(manner), other(manner)), {
    maxLength: 8,
  });
  return fc
    .tuple(pairs, fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, ...bundles(manner)))
    .map(([own, bundle]) => Object.fromEntries([...own, ...bundle]));
}

/** Fields of VipPolicy.spec or VipPool.spec.serviceDefaults; numbers are numbers there. */
export function hostileFields(manner: Manner): fc.Arbitrary<Record<string, unknown>> {
  const each = settingNames.map((name) => {
    const weight = weightOf(name);
    const value = written(name, manner).map((text) => typed(name, text));
    const any = manner === 'lawless' ? fc.oneof({ weight: 12, arbitrary: value }, strange) : value;
    return { weight, arbitrary: any.map((each) => [settingField(name), each] as const) };
  });
  return fc.array(fc.oneof(...each), { maxLength: 5 }).map((all) => Object.fromEntries(all));
}

/** What no schema lets pass, among it an object of which nobody can make a text. */
const strange = fc.constantFrom<unknown>(
  ...[null, true, [], ['First'], {}, { toString: 1, valueOf: 1 }, 1.5, -1, 1e300, ''],
);

function typed(name: SettingName, text: string): string | number {
  return settings[name].kind === 'count' && /^\d+$/.test(text) ? Number(text) : text;
}

type Weighted = fc.WeightedArbitrary<Pair>;

function ofTable(manner: Manner): Weighted[] {
  const ports = fc.constantFrom('', '', '', '.443', '.80', '.99999', '.0');
  // What protects closes the Service then, and nothing of it would be seen.
  const rarely = fc.oneof({ weight: 30, arbitrary: fc.constant('') }, ports);
  return settingNames.map((name) => ({
    weight: weightOf(name),
    arbitrary: fc
      .tuple(isGuard(name) ? rarely : ports, written(name, manner))
      .map(([port, value]): Pair => [`${settingAnnotation(name)}${port}`, value]),
  }));
}

/** What protects is rare on its own: by halves it closes the Service. The bundles have it whole. */
function weightOf(name: SettingName): number {
  return isGuard(name) && name !== 'denied-source-ranges' && name !== 'proxy-protocol-from'
    ? 1
    : 12;
}

function isGuard(name: SettingName): boolean {
  const row: SettingRow = settings[name];
  return row.isGuard === true;
}

function ranges(manner: Manner): Weighted {
  const arbitrary = free(manner, networks).map((value): Pair => [annotations.sourceRanges, value]);
  return { weight: 12, arbitrary };
}

/** All that is ours, and what begins as ours does. */
function other(manner: Manner): Weighted {
  const names = fc.constantFrom(
    ...Object.values(annotations),
    'fairlead.dev/',
    'fairlead.dev/x\ny',
  );
  const values = free(manner, fc.constantFrom('edge', '10.40.0.9', 'a', 'web'));
  return { weight: manner === 'tidy' ? 0 : 30, arbitrary: fc.tuple(names, values) };
}

/** Another Service of a tenant's namespace; some of its slices are of that one. */
export const otherService = 'other';

/** Drawn one by one, what belongs together would be rare. */
function bundles(manner: Manner): fc.WeightedArbitrary<Pair[]>[] {
  const bundle = (names: readonly SettingName[], ...fixed: readonly Pair[]) => {
    const pairs = names.map((name) =>
      written(name, manner).map((value): Pair => [settingAnnotation(name), value]),
    );
    return { weight: 1, arbitrary: fc.tuple(...pairs).map((own) => [...own, ...fixed]) };
  };
  return [
    bundle(['tls-secrets', 'tls-ports', 'tls-client-ca', 'tls-profile']),
    bundle(['tls-secrets', 'tls-ports', 'tls-client-ca', 'tls-client-certificates']),
    bundle(['tls-secrets', 'tls-ports', 'hsts-seconds'], ['fairlead.dev/protocol', 'HTTP']),
    bundle(
      ['server-tls-ca', 'server-tls-name', 'health-check-port'],
      ['fairlead.dev/server-tls', 'Verified'],
    ),
    bundle(['server-tls-name', 'health-check-port'], ['fairlead.dev/server-tls', 'Unverified']),
    bundle(['canary-percent', 'balance'], ['fairlead.dev/canary-service', otherService]),
    bundle(['session-cookie', 'topology'], ['fairlead.dev/backup-service', otherService]),
    bundle(['error-text', 'session-cookie'], ['fairlead.dev/protocol', 'HTTP']),
    bundle(
      ['health-check-path', 'health-check-host', 'health-check-status', 'health-check-body'],
      ['fairlead.dev/health-check', 'HTTP'],
    ),
    bundle(
      ['health-check-host', 'health-check-grpc-service', 'server-tls'],
      ['fairlead.dev/health-check', 'GRPC'],
    ),
    bundle(
      ['health-check-host', 'health-check-port', 'server-tls'],
      ['fairlead.dev/health-check', 'HTTPS'],
    ),
    bundle(['health-check-user'], ['fairlead.dev/health-check', 'MySQL']),
    bundle(['health-check-user'], ['fairlead.dev/health-check', 'PostgreSQL']),
  ];
}

const networks = fc.array(network, { minLength: 1, maxLength: 32 }).map((all) => all.join(','));

function written(name: SettingName, manner: Manner): fc.Arbitrary<string> {
  return free(manner, validValue(name, settings[name]));
}

/** Every text that the row's pattern takes may come, not only its example. */
function validValue(name: SettingName, row: SettingRow): fc.Arbitrary<string> {
  if (row.kind === 'choice') return fc.constantFrom(...row.values);
  if (row.kind === 'count') {
    const { min, max } = row;
    return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max })).map(String);
  }
  if (row.lists === 'networks') return networks;
  if (name === 'canary-service' || name === 'backup-service') {
    return fc.oneof(fc.constantFrom(otherService, 'web'), fc.stringMatching(row.pattern));
  }
  // Of all ports only these are often there.
  if (name === 'tls-ports') return fc.constantFrom('443', '80', '80', '80,443', '443, 8443, 80');
  return fc.oneof(fc.constant(row.example), fc.stringMatching(row.pattern));
}
