/**
 * A guide as a test reads it. Blocks of ```yaml and ```sh that begin with `# file: NAME` are files;
 * other ```sh blocks are what the reader types, one command a line (`\` goes on); ```output after
 * one of those is what the reader then sees. Any other block is an error: it would not be tested.
 */
export type Guide = {
  /** Its file, for messages. */
  readonly path: string;
  readonly title: string;
  readonly steps: readonly GuideStep[];
};

/** What the reader does next; `line` is where the guide says so. */
export type GuideStep = FileStep | CommandStep;

export type FileStep = {
  readonly kind: 'file';
  readonly line: number;
  readonly name: string;
  readonly text: string;
};

export type CommandStep = {
  readonly kind: 'command';
  readonly line: number;
  readonly command: string;
  /** The lines that the guide shows of what it prints; undefined where it shows nothing. */
  readonly output: readonly string[] | undefined;
};

/** Reads a guide; throws an error that names file and line where it is none. */
export function parseGuide(path: string, text: string): Guide {
  const lines = text.split('\n');
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1];
  if (title === undefined) throw new Error(`${path}:1: begin with "# " and the guide's title`);
  const steps: GuideStep[] = [];
  for (const block of blocksOf(path, lines)) addBlock(path, block, steps);
  return { path, title, steps };
}

/** `line` is that of the fence; the first one of the file is 1. */
type Block = { readonly language: string; readonly line: number; readonly lines: string[] };

function blocksOf(path: string, lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) {
      open = { language: fence[1]?.trim() ?? '', line: index + 1, lines: [] };
    } else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: this block has no end`);
  return blocks;
}

function addBlock(path: string, block: Block, steps: GuideStep[]): void {
  const { language, line, lines } = block;
  const name = /^# file: ([a-z0-9-]+\.(?:yaml|sh))$/.exec(lines[0] ?? '')?.[1];
  if ((language === 'yaml' || language === 'sh') && name !== undefined) {
    steps.push({ kind: 'file', line, name, text: `${lines.join('\n')}\n` });
  } else if (language === 'sh') steps.push(...commandsOf(block));
  else if (language === 'output') addOutput(path, block, steps);
  else if (language === 'yaml') {
    throw new Error(`${path}:${line}: begin the YAML with "# file: NAME.yaml"`);
  } else throw new Error(`${path}:${line}: write yaml, sh or output after the fence`);
}

function commandsOf({ line, lines }: Block): CommandStep[] {
  const commands: CommandStep[] = [];
  let begun = '';
  for (const [index, text] of lines.entries()) {
    if (begun === '' && (text.trim() === '' || text.startsWith('#'))) continue;
    begun += text;
    if (text.endsWith('\\')) {
      begun += '\n';
      continue;
    }
    commands.push({ kind: 'command', line: line + index + 1, command: begun, output: undefined });
    begun = '';
  }
  return commands;
}

function addOutput(path: string, { line, lines }: Block, steps: GuideStep[]): void {
  const before = steps.pop();
  if (before?.kind !== 'command' || before.output !== undefined) {
    throw new Error(`${path}:${line}: an output block follows the commands that print it`);
  }
  if (lines.length === 0) throw new Error(`${path}:${line}: this output block is empty`);
  steps.push({ ...before, output: lines });
}
