import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const document = join(__dirname, '..', '..', '..', 'docs', 'guarantees.md');

/** A table of docs/guarantees.md between the comments `<!-- name -->` and `<!-- /name -->`, as it is and as a test has seen it. */
export function committedTable(name: string, seen: string): { committed: string; seen: string } {
  const text = readFileSync(document, 'utf8');
  const [before, after] = [
    new RegExp(`^[^]*<!-- ${name} -->\n`).exec(text)?.[0],
    new RegExp(`\n<!-- /${name} -->[^]*$`).exec(text)?.[0],
  ];
  if (before === undefined || after === undefined) throw new Error(`docs/guarantees.md has no place for ${name}`);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, `${before}\n${seen}\n${after}`);
  const table = new RegExp(`<!-- ${name} -->([^]*)<!-- /${name} -->`).exec(readFileSync(document, 'utf8'))?.[1];
  return { committed: plain(table ?? ''), seen: plain(seen) };
}

/** Prettier aligns the columns of the committed file. */
function plain(table: string): string {
  return table.replace(/ +/g, ' ').replace(/-{3,}/g, '---').trim();
}
