/**
 * The contract gate: `npm run contracts:check` and `npm run contracts:publish`.
 * Exit code 0 when every published promise holds, 1 when one is broken, 2 for a mistake in the call.
 */
import { join, relative } from 'node:path';
import { eventCatalogue } from '../src/index.ts';
import { check, publish, rewrittenInHistory } from './published.ts';

const folder = join(import.meta.dirname, '..', 'published');
const shown = (file: string): string => relative(process.cwd(), file);

function runCheck(): number {
  const findings = check(folder);
  const rewritten = rewrittenInHistory(folder);
  for (const { event, version, rule, path, reason } of findings) {
    console.error(`${event} ${version}  ${rule}  ${path.startsWith('$') ? path : shown(path)}\n    ${reason}`);
  }
  for (const file of rewritten ?? []) {
    console.error(
      `${file}  PUBLISHED_FILE_REWRITTEN\n    a later commit changed or deleted it: restore it, and add a version`,
    );
  }
  if (rewritten === undefined) console.log('No git history here: compared with the files only.');
  const broken = findings.length + (rewritten?.length ?? 0);
  const versions = eventCatalogue.reduce((sum, definition) => sum + Object.keys(definition.versions).length, 0);
  console.log(
    broken === 0
      ? `Contracts hold: ${eventCatalogue.length} events, ${versions} published versions, minors purely additive.`
      : `Contracts broken: ${broken} finding(s).`,
  );
  return broken === 0 ? 0 : 1;
}

function runPublish(): number {
  const written = publish(folder);
  for (const file of written) console.log(`published ${shown(file)}`);
  console.log(
    written.length === 0 ? 'Nothing new to publish.' : 'Commit these files: a published version never changes.',
  );
  return 0;
}

const command = process.argv[2];
if (command === 'check') process.exitCode = runCheck();
else if (command === 'publish') process.exitCode = runPublish();
else {
  console.error('usage: contracts.ts check | publish');
  process.exitCode = 2;
}
