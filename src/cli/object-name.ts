import type { Address } from '../net/address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { type CliKind, cliKindNames } from '../tables/cli-verbs.ts';
import { CliError } from './cli-error.ts';

/** What an operand names. */
export type Named =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'pool'; readonly name: string }
  | { readonly kind: 'vip'; readonly address: Address };

/**
 * Reads `service/web`, `service web`, `shop/web`, `vip/192.0.2.10`, `pool/edge`; a word alone is an
 * address if it reads as one, else a Service of `namespace`.
 */
export function parseName(operands: readonly string[], namespace: string): Named {
  const [first = '', second, ...more] = operands;
  if (first === '' || more.length > 0) throw new CliError(2, usage(operands.join(' ')));
  const [word, name] = second === undefined ? divided(first) : [first, second];
  if (word === undefined) return named(undefined, name, namespace);
  const kind = kindOf(word);
  if (kind !== undefined) return named(kind, name, namespace);
  // As messages write it: shop/web.
  if (second === undefined) return named('service', name, word);
  throw new CliError(2, usage(`${word} ${name}`));
}

function divided(text: string): readonly [string | undefined, string] {
  const slash = text.indexOf('/');
  return slash < 0 ? [undefined, text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function kindOf(word: string): CliKind | undefined {
  const kinds = Object.keys(cliKindNames) as CliKind[];
  return kinds.find((kind) => cliKindNames[kind].includes(word.toLowerCase()));
}

function named(kind: CliKind | undefined, name: string, namespace: string): Named {
  const address = parseAddress(name);
  if (kind === 'vip' || (kind === undefined && address.ok)) {
    if (address.ok) return { kind: 'vip', address: address.value };
    throw new CliError(2, `"${name}" ${address.problem}`);
  }
  if (!objectName.test(name)) throw new CliError(2, usage(name));
  return kind === 'pool' ? { kind, name } : { kind: 'service', namespace, name };
}

const objectName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function usage(text: string): string {
  return `"${text}" names no object; write service/NAME, vip/ADDRESS or pool/NAME`;
}
