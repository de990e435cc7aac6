import type { CliExit } from '../tables/cli-verbs.ts';
import { type Arguments, onlyOperand } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { Shell } from './shell.ts';

/** Scripts that ask `fairlead __complete` and hand its answer to the shell. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion of fairlead
__fairlead_candidates() {
  fairlead __complete "$@" 2>/dev/null | cut -f1 | grep -v '^:'
}
_fairlead() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} candidates
  candidates=$(__fairlead_candidates "\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$candidates" -- "$word"))
}
complete -o default -F _fairlead fairlead
`,
  zsh: `#compdef fairlead
__fairlead_candidates() {
  fairlead __complete "$@" 2>/dev/null | cut -f1 | grep -v '^:'
}
_fairlead() {
  local -a candidates
  candidates=(\${(f)"$(__fairlead_candidates "\${(@)words[2,CURRENT]}")"})
  compadd -a candidates
}
compdef _fairlead fairlead
`,
  fish: `# fish completion of fairlead
function __fairlead_complete
  set -l words (commandline -opc) (commandline -ct)
  fairlead __complete $words[2..-1] 2>/dev/null | string match -v ':*'
end
complete -c fairlead -f -a '(__fairlead_complete)'
`,
};

/** \`completion bash|zsh|fish\`. */
export function completion(given: Arguments, shell: Shell): CliExit {
  const name = onlyOperand(given);
  const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  if (script === undefined) {
    throw new CliError(2, `"${name}" is no shell known here; write bash, zsh or fish`);
  }
  shell.out(script);
  return 0;
}
