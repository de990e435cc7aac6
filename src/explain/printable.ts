/**
 * C0 and C1 control characters and DEL move the cursor and colour the screen; U+2028, U+2029 end
 * lines; the others turn the direction of what follows, so that a text shows as another one.
 */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text from an object, fit for a terminal: what could act on it is written out, `\x1b` or
 * `\u202e`. Everything the command line prints passes through here.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** The same for JSON, and for YAML's double quotes: the escapes both of them read back. */
export function printableJson(json: string): string {
  return json.replace(unprintable, (character) => {
    if (character === '\n') return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
