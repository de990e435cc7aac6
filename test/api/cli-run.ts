import { readFile } from 'node:fs/promises';
import { runCli } from '../../src/cli/run.ts';
import type { Shell } from '../../src/cli/shell.ts';
import type { ApiServer } from './server.ts';

/** What a command line came to. */
export type CliAnswer = {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The answer of `-o json`. */
  readonly json: () => Record<string, unknown>;
};

/** Runs `kubectl fairlead` against the API server with the rights of a role. */
export async function cli(
  api: ApiServer,
  words: readonly string[],
  more: { readonly role?: string; readonly stdin?: string } = {},
): Promise<CliAnswer> {
  let out = '';
  let err = '';
  const shell: Shell = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readStdin: async () => more.stdin ?? '',
    readFile: (path) => readFile(path, 'utf8'),
    hasColour: false,
    version: 'test',
  };
  const kubeconfig = `--kubeconfig=${api.kubeconfig(more.role)}`;
  const status = await runCli([...words, kubeconfig], shell);
  return { status, out, err, json: () => JSON.parse(out) };
}
