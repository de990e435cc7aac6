/** What a command has of the world beside the cluster; src/bin takes it from the process. */
export type Shell = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  readonly readFile: (path: string) => Promise<string>;
  /** Colours are wanted: stdout is a terminal, and NO_COLOR is not set. */
  readonly hasColour: boolean;
  readonly version: string;
};
