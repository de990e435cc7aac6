/** A chapter of the contract: statements by their numbers, in the words of this project. */
export type RuleChapter = {
  readonly title: string;
  readonly rules: Readonly<Record<string, string>>;
};
