/** What the command line of every benchmark has beside its own options. */
export interface Asked {
  readonly help: boolean;
  readonly list: boolean;
}

export interface BenchmarkCommand<O> {
  readonly usage: string;
  /** The options, or what is wrong with them. */
  readonly read: (args: string[]) => (O & Asked) | string;
  /** What would run with these options. */
  readonly names: (options: O) => readonly string[];
  readonly run: (options: O) => Promise<unknown>;
}

/**
 * Runs a benchmark as the arguments say; resolves with the exit code: 64 for arguments that make no sense, 1 for one that ended
 * early. With `besideStack` it is run again by that where there is no stack yet.
 */
export async function benchmarkCommand<O>(
  { usage, read, names, run }: BenchmarkCommand<O>,
  args: string[],
  besideStack?: () => Promise<number>,
): Promise<number> {
  const options = read(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${usage}`);
    return 64;
  }
  const { help, list, ...rest } = options;
  const asked = rest as unknown as O;
  if (help || list) {
    console.log(help ? usage : names(asked).join('\n'));
    return 0;
  }
  if (besideStack && process.env['ATLAS_TEST_STACK'] !== '1') return besideStack();
  try {
    await run(asked);
    return 0;
  } catch (error) {
    console.error(`The benchmark has ended early. ${(error as Error).message}`);
    return 1;
  }
}
