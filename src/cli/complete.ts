import { resources } from '../kube/api-path.ts';
import { ownResources } from '../kube/own-resources.ts';
import { printable } from '../lib/printable.ts';
import { parseMetadata } from '../model/parse-metadata.ts';
import { parseService } from '../model/parse-service.ts';
import { parseVip } from '../model/parse-vip.ts';
import { formatAddress } from '../net/format-address.ts';
import {
  type CliExit,
  type CliFlag,
  type CliKind,
  type CliVerb,
  cliKindNames,
  cliVerbs,
} from '../tables/cli-verbs.ts';
import { flagsOf, isVerb, parseArguments } from './arguments.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { listAll } from './list.ts';
import type { Shell } from './shell.ts';

/** A cluster that is slower than this is not worth waiting for between two key strokes. */
const boundMs = 3_000;

/** Cobra's directive "offer no file names", which kubectl reads as the last line. */
const noFiles = ':4';

/** Cobra's directive "offer file names". */
const files = ':0';

/**
 * Answers what could stand for the last word, as kubectl asks `kubectl_complete-fairlead`: a
 * candidate a line, and a directive at the end.
 */
export async function complete(words: readonly string[], shell: Shell): Promise<CliExit> {
  const { candidates, directive } = await candidatesFor(words);
  const last = words.at(-1) ?? '';
  const fitting = candidates.filter((candidate) => candidate.startsWith(last));
  shell.out(
    [...fitting.map((candidate) => printable(candidate, Infinity)), directive, ''].join('\n'),
  );
  return 0;
}

type Candidates = { readonly candidates: readonly string[]; readonly directive: string };

async function candidatesFor(words: readonly string[]): Promise<Candidates> {
  const [name, ...rest] = words;
  if (rest.length === 0) return { candidates: Object.keys(cliVerbs).sort(), directive: noFiles };
  if (!isVerb(name)) return { candidates: [], directive: noFiles };
  const last = rest.at(-1) ?? '';
  const flags: Readonly<Record<string, CliFlag>> = flagsOf(name);
  const flag = flagOf(flags, rest.at(-2));
  if (flag?.takes !== undefined) return valuesOf(flag, rest, name);
  if (last.startsWith('-')) {
    const candidates = Object.keys(flags).map((each) => `--${each}`);
    return { candidates: candidates.sort(), directive: noFiles };
  }
  const verb: CliVerb = cliVerbs[name];
  if (verb.completes.length === 0) return { candidates: wordsOf(verb), directive: noFiles };
  const candidates = await namesFrom(name, rest, verb.completes);
  return { candidates, directive: noFiles };
}

function wordsOf({ operands }: CliVerb): readonly string[] {
  return /^[a-z|]+$/.test(operands) ? operands.split('|') : [];
}

function flagOf(
  flags: Readonly<Record<string, CliFlag>>,
  word: string | undefined,
): CliFlag | undefined {
  if (word === undefined) return undefined;
  const found = Object.entries(flags).find(
    ([name, { short }]) => word === `--${name}` || word === `-${short}`,
  );
  return found?.[1];
}

async function valuesOf(
  { takes = '' }: CliFlag,
  rest: readonly string[],
  verb: keyof typeof cliVerbs,
): Promise<Candidates> {
  if (takes === 'FILE') return { candidates: [], directive: files };
  if (takes.includes('|')) return { candidates: takes.split('|'), directive: noFiles };
  const isPool = rest.at(-2) === '--pool';
  const names = isPool ? await namesFrom(verb, rest.slice(0, -2), ['pool']) : [];
  const candidates = names.map((name) => name.replace(/^pool\//, ''));
  return { candidates, directive: noFiles };
}

/** Names of the cluster; none when it does not answer in time, or not at all. */
async function namesFrom(
  verb: keyof typeof cliVerbs,
  rest: readonly string[],
  kinds: readonly CliKind[],
): Promise<readonly string[]> {
  const bound = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => bound.resolve([]), boundMs);
  try {
    const cluster = openCluster(parseArguments(verb, rest.slice(0, -1)));
    const names = Promise.all(kinds.map((kind) => namesOf(cluster, kind)));
    const found = await Promise.race([names.then((lists) => lists.flat()), bound.promise]);
    cluster.client.close();
    return found;
  } catch {
    // Nothing is offered; the command itself will say what is wrong.
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function namesOf(cluster: Cluster, kind: CliKind): Promise<readonly string[]> {
  const prefix = `${cliKindNames[kind][0]}/`;
  const { namespace } = cluster;
  const listed = {
    service: () =>
      listAll(cluster, { resource: resources.services, namespace }, (raw) => {
        const service = parseService(raw);
        return service?.type === 'LoadBalancer' ? service.name : undefined;
      }),
    pool: () =>
      listAll(cluster, { resource: ownResources.vipPools }, (raw) => parseMetadata(raw)?.name),
    vip: () =>
      listAll(cluster, { resource: ownResources.vips }, (raw) => {
        const vip = parseVip(raw);
        return vip === undefined ? undefined : formatAddress(vip.address);
      }),
  };
  const { values } = await listed[kind]();
  return values.map((name) => prefix + name).sort();
}
