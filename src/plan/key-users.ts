/** Who has a key file, by the lines of the configuration that names it. */
export type KeyUsers = {
  /** The CAs, by their paths, of those ports with this certificate whose clients need one. */
  readonly clientAuthorities: readonly string[];
  /** Servers are verified by it. */
  readonly isOfServers: boolean;
};

/** Reads them from a configuration as it was rendered: one word, one space. */
export function keyUsers(configuration: string, path: string): KeyUsers {
  const lines = configuration
    .split('\n')
    .filter((line) => line.includes(path))
    .map((line) => line.trim().split(' '))
    .filter((words) => words.includes(path));
  const binds = lines.filter(([what]) => what === 'bind');
  return {
    clientAuthorities: binds.flatMap((words) => {
      const at = words.indexOf('ca-file');
      return at < 0 ? [] : words.slice(at + 1, at + 2);
    }),
    isOfServers: lines.some(([what]) => what === 'server' || what === 'default-server'),
  };
}
