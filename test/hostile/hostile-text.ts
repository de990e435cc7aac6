import fc from 'fast-check';

/**
 * How far a generated object goes. `tidy`: everything in it is what it should be, in every
 * combination. `lawful`: what an API server checks is right, what it lets pass is hostile.
 * `lawless`: worse than any API server would let through.
 */
export type Manner = 'tidy' | 'lawful' | 'lawless';

/** What ends a line, a word, a comment, a quoted text or a block in one of our files. */
const marks = [
  ...['\n', '\r', '\r\n', '\0', '\t', '\v', '\f', '\x1b[2J', '\x7f', '\x85', '\xa0'],
  ...['\u2028', '\u2029', '\u202e', '\ufeff', '\ud800', 'é', '😀', 'ｆ', '١'],
  ...[
    '"',
    "'",
    '`',
    '#',
    '{',
    '}',
    '{}',
    '$',
    '%',
    '\\',
    '\\n',
    ' ',
    '  ',
    ';',
    '|',
    '&',
    '<',
    '>',
  ],
  ...[
    '!',
    '!=',
    '@',
    '~',
    '^',
    ',',
    ',,',
    '=',
    ':',
    '::',
    '.',
    '..',
    '/',
    '//',
    '-',
    '_',
    '*',
    '(',
  ],
];

/** Whole attacks: directives, commands, paths, syntax of every language that we write. */
const attacks = [
  '\n  server evil 10.0.0.1:80',
  '\nbackend good_web_80_10.40.0.10\n  server evil 10.0.0.1:80',
  '\nfrontend evil\n  bind :22',
  '\nglobal\n  user root',
  '\n  stats socket /tmp/evil level admin',
  ' if { always_true }',
  ' crt /etc/shadow',
  ' ca-file @system-ca',
  '../../etc/passwd',
  '/etc/shadow',
  '..%2f..%2fetc',
  '; }',
  ' }\n}\nflush ruleset\n',
  '; flush ruleset; #',
  ';shutdown frontend good_web_80_10.40.0.10',
  '\n\nset server good_web_80_10.40.0.10/10-1-0-7_8080 state maint\n',
  '" ; system "id',
  '<<\n',
  '%[env(HOME)]',
  '%[src]',
  '$HOME',
  '$' + '{HOME}',
  '$(id)',
  '`id`',
  'unix@/run/fairlead/edge/haproxy/cli.sock',
  'fd@3',
  'abns@evil',
  'ipv4@10.0.0.1',
  '10.0.0.1:80',
  '0.0.0.0',
  '::',
  '__proto__',
  'constructor',
  'toString',
  'good_web_80_10.40.0.10',
  'x'.repeat(300),
  'x'.repeat(70_000),
  '9'.repeat(400),
  '\n'.repeat(2_000),
];

const piece = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...marks) },
  { weight: 2, arbitrary: fc.constantFrom(...attacks) },
);

/** Text that means nothing. */
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  piece,
);

/** A text that was right until somebody put a piece into it. */
function nearly(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(valid, piece, fc.nat({ max: 1_000 })).map(([text, put, place]) => {
    const at = place % (text.length + 1);
    // Both ends are where patterns without anchors and `trim` are weak.
    if (place > 900) return put + text;
    return place > 700 ? text + put : text.slice(0, at) + put + text.slice(at);
  });
}

/** Most stay as they are: one wrong word may close a whole Service, and then nothing is seen. */
function hostile(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: valid },
    { weight: 4, arbitrary: nearly(valid) },
    { weight: 1, arbitrary: noise },
  );
}

/** What an API server checks: names, ports, addresses. */
export function checked(manner: Manner, valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return manner === 'lawless' ? hostile(valid) : valid;
}

/** What an API server takes as it comes: values of annotations. */
export function free(manner: Manner, valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return manner === 'tidy' ? valid : hostile(valid);
}

/** A field of the API, or, without a law, JSON of any other shape in its place. */
export function field<T>(manner: Manner, valid: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  if (manner !== 'lawless') return valid;
  return fc.oneof({ weight: 30, arbitrary: valid }, { weight: 1, arbitrary: anyJson });
}

/** Objects that are no longer objects once somebody asks for their text are among it. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    ...[
      '{"toString":1,"valueOf":1}',
      '{"__proto__":{"x":1}}',
      '[[["80"]]]',
      '-0',
      '1e300',
      '1.5',
    ].map((text) => JSON.parse(text)),
  ),
);
