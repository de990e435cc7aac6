import type { NamedTest } from './named-tests.ts';
import type { RuleChapter } from './rule.ts';

/**
 * What is said of a rule that no test shows, or beside one: it is kept differently on purpose, a
 * test shows a part of it, it waits for work that is still open, or it is simply not shown yet.
 */
export type ContractNote =
  | { readonly status: 'different'; readonly why: string }
  | { readonly status: 'partly'; readonly missing: string }
  | { readonly status: 'waiting'; readonly for: string }
  | { readonly status: 'uncovered'; readonly now: string };

/** What holds of one rule; `covered` when a test names it and nothing else is to be said. */
export type ContractRow = {
  readonly number: string;
  readonly rule: string;
  readonly status: 'covered' | ContractNote['status'];
  readonly note: string;
  readonly tests: readonly NamedTest[];
};

/** What the page is made from. */
export type ContractSources = {
  readonly chapters: readonly RuleChapter[];
  readonly notes: Readonly<Record<string, ContractNote>>;
  readonly tests: ReadonlyMap<string, readonly NamedTest[]>;
};

/** The rows of a chapter. A test that names a rule settles that it is covered. */
export function contractRows(sources: ContractSources, chapter: RuleChapter): ContractRow[] {
  return Object.entries(chapter.rules).map(([number, rule]) => {
    const tests = sources.tests.get(number) ?? [];
    const note = sources.notes[number];
    const isSettled = tests.length > 0 && note?.status === 'uncovered';
    if (note === undefined || isSettled) {
      return { number, rule, tests, status: 'covered', note: '' };
    }
    return { number, rule, tests, status: note.status, note: noteText(note) };
  });
}

function noteText(note: ContractNote): string {
  switch (note.status) {
    case 'different':
      return note.why;
    case 'partly':
      return note.missing;
    case 'waiting':
      return note.for;
    case 'uncovered':
      return note.now;
  }
}

/** What is wrong with the sources; the page is not written while there is anything. */
export function contractProblems({ chapters, notes, tests }: ContractSources): string[] {
  const known = chapters.flatMap(({ rules }) => Object.keys(rules));
  const isKnown = new Set(known);
  const silent = known.filter((n) => !tests.has(n) && notes[n] === undefined);
  const done = known.filter((n) => tests.has(n) && notes[n]?.status === 'waiting');
  const untold = known.filter((n) => !tests.has(n) && notes[n]?.status === 'partly');
  const unknown = [...tests.keys(), ...Object.keys(notes)].filter((n) => !isKnown.has(n));
  return [
    ...repeated(known).map((n) => `${n} stands in two chapters of tools/contract`),
    ...silent.map(
      (n) => `no test names ${n}: write one, or say in tools/contract/notes.ts why not`,
    ),
    ...done.map((n) => `${n} waits in tools/contract/notes.ts, but ${firstOf(tests, n)} names it`),
    ...untold.map((n) => `${n} is said to be shown partly, but no test names it`),
    ...[...new Set(unknown)].map((n) => `${n} is no rule of tools/contract (${firstOf(tests, n)})`),
  ];
}

/** Numbers whose note says uncovered although a test names them by now: the note can go. */
export function settledNotes({ notes, tests }: ContractSources): string[] {
  return Object.entries(notes)
    .filter(([number, { status }]) => status === 'uncovered' && tests.has(number))
    .map(([number]) => number);
}

function firstOf(tests: ContractSources['tests'], number: string): string {
  const [first] = tests.get(number) ?? [];
  return first === undefined ? 'a note' : `"${first.name}" of ${first.file}`;
}

function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}
