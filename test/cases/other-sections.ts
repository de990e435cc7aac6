/**
 * What a configuration has that a usual one has not: frontends, backends, and sections that are not
 * there at all, whole; of others the lines that came (+) and went (-). Without a usual one it is
 * everything. A section is what HAProxy and keepalived call so, of nft a chain, set or map. The
 * name of HAProxy's structure, which differs always, is left out.
 */
export function otherSections(text: string, usual: string | undefined): string {
  const sections = sectionsOf(text);
  if (usual === undefined) return sections.map(({ text: whole }) => whole).join('');
  const known = new Map(sectionsOf(usual).map((section) => [section.heading, section.text]));
  const here = new Set(sections.map(({ heading }) => heading));
  const gone = [...known.keys()].filter((heading) => !here.has(heading));
  return [
    ...sections.map((section) => otherLines(section, known.get(section.heading))),
    ...gone.map((heading) => `-${heading}`),
  ].join('');
}

type Section = { readonly heading: string; readonly text: string };

function otherLines({ heading, text }: Section, usual: string | undefined): string {
  const body = bodyOf(text);
  if (usual !== undefined && bodyOf(usual) === body) return '';
  if (usual === undefined || /^(frontend|backend) /.test(heading)) return heading + body;
  const [old, now] = [bodyOf(usual).split('\n'), body.split('\n')];
  return [
    heading,
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}\n`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}\n`),
  ].join('');
}

/** Without its heading and the remarks before that. */
function bodyOf(text: string): string {
  return text.replace(/^(?: *#.*\n)*.*\n/, '');
}

function sectionsOf(text: string): readonly Section[] {
  const depth = text.startsWith('table inet ') ? 2 : 0;
  const begins = new RegExp(`^ {${depth}}[^ }]`);
  const isRemark = new RegExp(`^ {${depth}}#`);
  const sections: { heading: string; text: string }[] = [];
  let isOpen = false;
  for (const line of folded(text.replace(/^.*\n {2}description .*\n/m, '')).split(/(?<=\n)/)) {
    // Remarks stand before what they are about.
    if (begins.test(line) && !isOpen) sections.push({ heading: '', text: '' });
    isOpen = isRemark.test(line);
    const last = sections.at(-1) ?? { heading: '', text: '' };
    if (sections.length === 0) sections.push(last);
    if (!isOpen && last.heading === '') last.heading = line;
    last.text += line;
  }
  return sections;
}

/** A map of nft has a slot for each part of its clients: how many lead where is enough to read. */
function folded(text: string): string {
  return text.replace(/^( +)\d+ : (?:.*\n\1\d+ : )+.*\n/gm, (slots, indent: string) => {
    const targets = [...slots.matchAll(/\d+ : (.+?)(?: ,)?\n/g)].map(([, target = '']) => target);
    const counts = [...new Set(targets)].sort().map((target) => {
      return `${indent}${targets.filter((each) => each === target).length} slots : ${target}\n`;
    });
    return counts.join('');
  });
}
