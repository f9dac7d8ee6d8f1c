import { join } from 'node:path';
import { fromLabelled, measure, readCorpus, scoreTable } from './src/corpus.ts';
import { RENAMED, RESTYLED, SAME } from './src/mutation/index.ts';

const corpus = readCorpus(join(import.meta.dirname, 'corpus'));
console.log(scoreTable(measure(corpus)));

console.log(
  `\n${'THE SAME, CHANGED MECHANICALLY'.padEnd(32)}FILES CHANGED      F1   FLAGGED NEGATIVES   PLACES MISSED`,
);
for (const [name, change] of Object.entries({ ...SAME, ...RENAMED, ...RESTYLED })) {
  const changed = corpus.map((one) =>
    fromLabelled(
      one.name,
      change(one.labelled, () => true),
    ),
  );
  const { scores, falsePositivesOnNegatives, mistakes } = measure(changed);
  const texts = new Set(corpus.flatMap((one) => one.labelled.map((f) => f.text)));
  const count = changed.flatMap((one) => one.labelled).filter((f) => !texts.has(f.text)).length;
  const missed = mistakes.filter((m) => m.startsWith('missed') && !m.includes('(said')).length;
  console.log(
    `${name.padEnd(32)}${String(count).padStart(13)}${scores.at(-1)!.f1.toFixed(3).padStart(8)}${`${(falsePositivesOnNegatives * 100).toFixed(1)} %`.padStart(20)}${String(missed).padStart(16)}`,
  );
}
