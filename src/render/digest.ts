/**
 * A short name for a text: 64 bits, hexadecimal. Not cryptographic: it tells our own configurations
 * apart, nothing more. Two FNV-1a passes with different starting values, because one of 32 bits
 * meets another among some ten thousand texts.
 */
export function textDigest(text: string): string {
  return hex(pass(text, 0x811c9dc5)) + hex(pass(text, 0x1b873593));
}

/** 32 bits of a text, well mixed, the same everywhere: for shares, not for names. */
export function hash32(text: string): number {
  return pass(text, 0x811c9dc5);
}

function pass(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The last bits of FNV mix little; this spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
