import { parseArgs } from 'node:util';
import { laterThan } from './later.ts';

/**
 * `node tools/delivery/src/pipeline/nothing-later.ts --stage dev --what billing` exits 1 when a later commit of it runs than the one that is
 * checked out: a job that is run again has the plan of before, and would take it back.
 */
const { values } = parseArgs({ options: { stage: { type: 'string' }, what: { type: 'string' } } });
const { stage, what } = values;
if (stage === undefined || what === undefined)
  throw new Error('usage: nothing-later.ts --stage <stage> --what <app|base>');

const later = laterThan(process.cwd(), 'HEAD', `deployed/${stage}/${what}`);
if (later !== undefined) {
  console.error(
    `${what} of ${stage} is at ${later}, which is later. Run the workflow anew; to go back, name app and commit.`,
  );
  process.exit(1);
}
