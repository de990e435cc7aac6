import { asSentence, page, table } from '../reference/markdown.ts';
import { addressRules } from './address-rules.ts';
import {
  type ContractRow,
  type ContractSources,
  contractProblems,
  contractRows,
} from './contract.ts';
import { kubernetesRules } from './kubernetes-rules.ts';
import { allTests, type NamedTest, testsByNumber } from './named-tests.ts';
import { contractNotes } from './notes.ts';

/** What the committed page is made from: rules and notes by hand, tests from the sources. */
export function contractSources(top: string): ContractSources {
  const chapters = [...addressRules, ...kubernetesRules];
  return { chapters, notes: contractNotes, tests: testsByNumber(allTests(top)) };
}

/**
 * docs/reference/kubernetes-contract.md: for every rule the test that shows it, or what is so
 * instead. Throws when a rule has neither.
 */
export function contractPage(sources: ContractSources): string {
  const problems = contractProblems(sources);
  if (problems.length > 0) throw new Error(`the contract is not told:\n${problems.join('\n')}`);
  const chapters = sources.chapters.map((chapter) => ({
    title: chapter.title,
    rows: contractRows(sources, chapter),
  }));
  return page(
    {
      title: 'The contract',
      source: 'tools/contract and the names of the tests',
      intro: introduction,
    },
    [
      countLine(chapters.flatMap(({ rows }) => rows)),
      ...chapters.flatMap(({ title, rows }) => [
        `## ${title}`,
        table(['', 'rule', '', 'shown by, or what is so instead'], rows.map(cells)),
      ]),
    ],
  );
}

const introduction = [
  'What Fairlead promises to Kubernetes (R) and to owners of addresses (A), rule by rule. A test shows a rule when its',
  'name says the number; a test that is skipped for want of something counts all the same, and says so when it runs.',
  '*different*: kept in another way, on purpose. *partly*: a part of it waits. *waiting*: open work. *uncovered*: nothing',
  'shows it yet.',
].join('\n');

function countLine(rows: readonly ContractRow[]): string {
  const statuses = ['covered', 'different', 'partly', 'waiting', 'uncovered'] as const;
  const counts = statuses.map((status) => {
    const count = rows.filter((row) => row.status === status).length;
    return `${count} ${status}`;
  });
  return `**${rows.length} rules: ${counts.join(' · ')}**`;
}

function cells({ number, rule, status, note, tests }: ContractRow): string[] {
  const said = note === '' ? [] : [asSentence(note)];
  return [number, asSentence(rule), status, [...said, ...tests.map(testText)].join('<br>')];
}

function testText({ file, name }: NamedTest): string {
  return `[${file}](../../${file}): ${plain(name)}`;
}

/** A name may hold what Markdown or HTML would read as its own. */
function plain(name: string): string {
  return name.replaceAll(/[*_<>[\]`]/g, (character) => `\\${character}`);
}
