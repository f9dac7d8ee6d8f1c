import { join } from 'node:path';
import { measure, parseCase, readCorpus } from './corpus.ts';

const corpus = readCorpus(join(__dirname, '..', 'corpus'));

test('the corpus is large and says what is clean as often as what is not', () => {
  const labels = corpus.flatMap((one) => one.labels);
  expect(labels.length).toBeGreaterThanOrEqual(120);
  expect(labels.filter((l) => l.kind === '-').length).toBeGreaterThanOrEqual(50);
});

test('F1 is at least 0.9, false positives on negatives at most 10 %', () => {
  const measured = measure(corpus);
  const all = measured.scores.find((s) => s.kind === 'all')!;
  expect({
    f1: all.f1 >= 0.9,
    negatives: measured.falsePositivesOnNegatives <= 0.1,
    mistakes: measured.mistakes,
  }).toMatchObject({
    f1: true,
    negatives: true,
  });
});

test('labels are taken out of what the audit reads', () => {
  const one = parseCase('x', '=== a.js\nlet n = 0; //! counter\nexports.f = () => n++;\n');
  expect(one.files).toEqual([{ path: 'a.js', text: 'let n = 0;\nexports.f = () => n++;\n' }]);
  expect(one.labels).toEqual([{ file: 'a.js', line: 1, kind: 'counter' }]);
});
