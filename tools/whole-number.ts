import { InvalidArgumentError } from 'commander';

/** What reads a whole number of `least` or more from a command line of commander's. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It is a whole number of ${least} or more.`);
  };
