import { unprintable } from '../lib/printable.ts';

/**
 * JSON in which every character that steers a terminal is written as an escape that JSON, and YAML
 * in double quotes, read back. JSON itself escapes only some of them.
 */
export function printableJson(json: string): string {
  return json.replace(unprintable, (character) => {
    if (character === '\n') return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
