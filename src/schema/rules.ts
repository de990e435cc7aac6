import type * as z from 'zod';

/**
 * One CEL rule of a CRD (x-kubernetes-validations): what must hold of `self`, and the sentence a
 * person reads when it does not. Messages say what to write (k8s-requirements.md C8); one line,
 * never empty.
 */
export type Rule = { readonly rule: string; readonly message: string; readonly reason?: string };

/** Attaches CEL rules to a schema; the API server enforces them, zod does not. */
export function checked<T extends z.ZodType>(schema: T, ...rules: readonly Rule[]): T {
  return schema.meta({ 'x-kubernetes-validations': rules }) as T;
}

const first = "self.split('-')[0].trim()";
const last = "self.split('-')[1].trim()";
const isFromTo = `(self.split('-').size() == 2 && isIP(${first}) && isIP(${last}))`;
const isRange = [
  "(self.contains('/') ? isCIDR(self.trim())",
  `: self.contains('-') ? ${isFromTo} : isIP(self.trim()))`,
].join(' ');
const isShorthand = "self in ['*.0', '*.255']";
const oneFamily = `ip(${first}).family() == ip(${last}).family()`;
const isFromToOfIpv4 = `(${isFromTo} && ip(${first}).family() == 4 && ${oneFamily})`;
/** The eight bytes of an IPv4 range in a list of one: `all` is CEL's only way to name a value. */
const bytes = "[self.replace('-', '.').split('.').map(byte, int(byte.trim()))]";
const isInOrder = [
  `${bytes}.all(b, ((b[0] * 256 + b[1]) * 256 + b[2]) * 256 + b[3]`,
  '<= ((b[4] * 256 + b[5]) * 256 + b[6]) * 256 + b[7])',
].join(' ');
const isUnicast = [
  "(self.contains('/') ? cidr(self.trim()).masked().ip().isGlobalUnicast()",
  `: self.contains('-') ? ip(${first}).isGlobalUnicast() && ip(${last}).isGlobalUnicast()`,
  ': ip(self.trim()).isGlobalUnicast())',
].join(' ');

const rangeMessage =
  "must be a CIDR, a from-to range or one address, for example '192.0.2.0/24', '192.0.2.10-192.0.2.40' or '2001:db8::10'";

const rangeOrder: readonly Rule[] = [
  {
    rule: `!${isFromTo} || ${oneFamily}`,
    message: 'must begin and end in one family: write one range of IPv4 and another of IPv6',
  },
  {
    // CEL cannot compare IPv6 addresses; the controller finds those (allocation.md A10).
    rule: `!${isFromToOfIpv4} || ${isInOrder}`,
    message: 'must not end before it begins: write the lower address first',
  },
];

/** A text that names addresses VIPs may be taken from (allocation.md A8). */
export const addressRangeRules: readonly Rule[] = [
  { rule: isRange, message: rangeMessage },
  ...rangeOrder,
  {
    rule: `!${isRange} || ${isUnicast}`,
    message: 'must be unicast addresses: not loopback, link-local, multicast or unspecified ones',
  },
];

/** A text that names addresses no VIP is taken from; also `*.0` and `*.255` (allocation.md A14). */
export const excludedRangeRules: readonly Rule[] = [
  { rule: `${isShorthand} || ${isRange}`, message: `${rangeMessage}, or '*.0' or '*.255'` },
  ...rangeOrder,
];

/** One address as RFC 5952 and the kernel print it. */
export const canonicalAddressRule: Rule = {
  rule: 'isIP(self) && ip.isCanonical(self)',
  message: "must be one address in its canonical form, for example '192.0.2.10' or '2001:db8::10'",
};

/** A field that is set once; `field` is how a person writes it. */
export function immutable(field: string): Rule {
  return {
    rule: 'self == oldSelf',
    message: `\`${field}\` may not change; delete the object and create another`,
    reason: 'FieldValueForbidden',
  };
}

/** A list or map that nothing implements yet: only empty is taken (design.md section 1). */
export function notImplemented(field: string): Rule {
  return {
    rule: 'self.size() == 0',
    message: `\`${field}\` is not implemented in this version of Fairlead; leave it out`,
    reason: 'FieldValueForbidden',
  };
}

/** A choice of which only one value is implemented yet. */
export function onlyImplemented(field: string, value: string): Rule {
  return {
    rule: `self == '${value}'`,
    message: `only '${value}' is implemented for \`${field}\` in this version of Fairlead; leave it out`,
    reason: 'FieldValueForbidden',
  };
}
