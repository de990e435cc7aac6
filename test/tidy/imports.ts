import { dirname, join, normalize } from 'node:path';

/** One import or re-export of a file. */
export type Import = {
  /** The path of a file of ours from the top of the repository, or the name of a package. */
  readonly target: string;
  readonly isPackage: boolean;
  /** Only types are taken: nothing of it is left at run time. */
  readonly typesOnly: boolean;
};

/**
 * All imports and re-exports of a file; `source` is its text, `path` its place in the repository.
 */
export function importsOf(path: string, source: string): Import[] {
  const pattern = /^(?:import|export)\s(?:([^'";]*?)\sfrom\s)?'([^']+)'/gm;
  return [...source.matchAll(pattern)].map((match) => {
    const [, clause = '', specifier = ''] = match;
    const isPackage = !specifier.startsWith('.');
    return {
      isPackage,
      target: isPackage ? packageName(specifier) : normalize(join(dirname(path), specifier)),
      typesOnly: isTypesOnly(clause.trim()),
    };
  });
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function isTypesOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true;
  const names = /^\{([\s\S]*)\}$/.exec(clause)?.[1]?.split(',') ?? [''];
  return names.filter((name) => name.trim() !== '').every((name) => /^\s*type\s/.test(name));
}

/** What a folder of `src` may import beside itself; `types` only as types. */
export type FolderRule = {
  readonly folders: readonly string[];
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
  /** Synchronous functions of plain values: no `node:`, no clock, no I/O. */
  readonly isPure?: boolean;
};

const kubeClient = ['undici', '@kubernetes/client-node'];
const decisions = ['lib', 'net', 'tables', 'model', 'allocate', 'desired', 'render', 'plan'];
const all = [...decisions, 'schema', 'status', 'explain', 'kube', 'apply', 'observe'];

/** Who may import whom: docs/architecture.md tells why. */
export const folderRules: Readonly<Record<string, FolderRule>> = {
  lib: { folders: [], isPure: true },
  net: { folders: ['lib'], packages: ['ip-num'], isPure: true },
  tables: { folders: ['lib'], isPure: true },
  schema: { folders: ['lib', 'net', 'tables'], packages: ['zod'], isPure: true },
  model: { folders: ['lib', 'net', 'tables'], isPure: true },
  allocate: { folders: ['lib', 'net', 'tables', 'model'], isPure: true },
  desired: { folders: ['lib', 'net', 'tables', 'model'], types: ['allocate'], isPure: true },
  render: { folders: ['lib', 'net', 'tables'], types: ['desired'], isPure: true },
  // A server's words stand in the file and in the runtime command: the renderer says them once.
  plan: { folders: ['lib', 'net', 'tables', 'render'], types: ['desired'], isPure: true },
  status: {
    folders: ['lib', 'net', 'tables', 'model', 'allocate', 'desired'],
    types: ['plan'],
    isPure: true,
  },
  // What is explained is what the status says: its conditions, its counts, its holders.
  explain: {
    folders: ['lib', 'net', 'tables', 'model', 'allocate', 'desired', 'status'],
    isPure: true,
  },
  kube: { folders: ['lib', 'tables'], types: ['model'], packages: [...kubeClient, 'node:'] },
  apply: {
    folders: ['lib', 'net', 'tables', 'plan', 'render'],
    types: ['desired'],
    packages: ['node:', 'zod'],
  },
  observe: { folders: ['lib', 'tables'], packages: ['pino', '@prometheus-io/client', 'node:'] },
  loop: { folders: all, packages: ['node:'] },
  cli: { folders: all, packages: ['node:', 'yaml'] },
  bin: { folders: [...all, 'loop', 'cli'], packages: [...kubeClient, 'node:'] },
};

/** Why a folder may not have this import; undefined: it may. */
export function importProblem(folder: string, imported: Import): string | undefined {
  const rule = folderRules[folder];
  if (rule === undefined) return `folder src/${folder} has no rule: add it to folderRules`;
  if (imported.isPackage) return packageProblem(folder, rule, imported);
  const [top = '', target = ''] = imported.target.split('/');
  if (top !== 'src') return `src imports ${imported.target}, which is not in src`;
  if (target === folder || rule.folders.includes(target)) return undefined;
  if (rule.types?.includes(target) === true) {
    return imported.typesOnly ? undefined : `src/${folder} may take only types from src/${target}`;
  }
  return `src/${folder} may not import src/${target}`;
}

/** An import reads all their exports, and some of those load much more (ADR 0023). */
const costlyModules: ReadonlySet<string> = new Set(['node:http', 'node:crypto']);

function packageProblem(
  folder: string,
  rule: FolderRule,
  { target: name, typesOnly }: Import,
): string | undefined {
  if (name === 'undici' && !typesOnly) {
    return `src/${folder} loads undici in every pod: import() it where it is needed (ADR 0023)`;
  }
  if (costlyModules.has(name) && !typesOnly) {
    return `src/${folder} imports ${name}, which loads undici: process.getBuiltinModule() does not (ADR 0023)`;
  }
  const allowed = rule.packages ?? [];
  const isAllowed =
    allowed.includes(name) || (name.startsWith('node:') && allowed.includes('node:'));
  return isAllowed ? undefined : `src/${folder} may not import ${name}`;
}
