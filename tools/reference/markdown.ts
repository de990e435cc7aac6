/** A generated page: its title, what it is for, and where its text comes from. */
export type PageHead = { readonly title: string; readonly source: string; readonly intro: string };

/** A whole page; the first line says that it is generated and by what. */
export function page(head: PageHead, blocks: readonly string[]): string {
  const source = `Generated from ${head.source} by \`npm run generate\``;
  const note = `<!-- ${source}; edit those, not this page. -->`;
  return `${[note, `# ${head.title}`, head.intro, ...blocks].join('\n\n')}\n`;
}

/** A table; a bar or a line break in a cell stays inside its cell. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

/** Words that stand as they are typed; a text with a backquote gets a longer fence. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A name that stands as it is typed, linked to its place. */
export function link(text: string, target: string): string {
  return `[${code(text)}](${target})`;
}

/** How GitHub names the place of a heading, for links to it. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** `a`, `b` and `c`. */
export function inWords(texts: readonly string[]): string {
  if (texts.length < 2) return texts.join('');
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A sentence of the tables as a line of a page; a name at its beginning stays as it is typed. */
export function asSentence(text: string): string {
  const isWord = /^[a-z][a-z’-]*[ ,;:]/.test(text);
  const begun = isWord ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
