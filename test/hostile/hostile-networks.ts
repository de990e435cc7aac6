import fc from 'fast-check';

/** An address as a pod has it. */
export const podAddress = fc.oneof(
  fc.nat({ max: 0xffff }).map((n) => `10.1.${n >> 8}.${n & 0xff}`),
  fc.nat({ max: 0xffff }).map((n) => `fd00:10:1::${n.toString(16)}`),
);

/** Any address that is one. */
export const anyAddress = fc.oneof(
  podAddress,
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '127.0.0.1',
    '::1',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '10.40.0.10',
    'fe80::1',
    '::ffff:10.0.0.1',
  ),
);

/** A network in CIDR notation, host bits and all. */
export const network = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat({ max: 32 })).map(([address, length]) => `${address}/${length}`),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 0xffffn }), fc.nat({ max: 128 }))
    .map(([n, length]) => `2001:db8:${n.toString(16)}::/${length}`),
);
