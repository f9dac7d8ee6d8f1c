import { join } from 'node:path';
import fc from 'fast-check';
import { audit } from './audit.ts';
import { type CorpusCase, fromLabelled, measure, readCorpus } from './corpus.ts';
import type { SourceText } from './engine/program.ts';
import { parse } from './mutation/edits.ts';
import { type Mutation, RENAMED, RESTYLED, SAME } from './mutation/index.ts';

const corpus = readCorpus(join(__dirname, '..', 'corpus'));

/** Every line that something is found on gets a mark, which goes where the line goes. */
function marked(one: CorpusCase): SourceText[] {
  const { findings } = audit(one.files);
  return one.files.map(({ path, text }) => {
    const lines = text.split('\n');
    for (const { file, line } of findings) {
      const mark = ` //@${line}`;
      if (file === path && !lines[line - 1]!.endsWith(mark)) lines[line - 1] += mark;
    }
    return { path, text: lines.join('\n') };
  });
}

/** What is found, as which rule and kind and how surely, by the marks of the lines it is found on. */
function told(files: readonly SourceText[]): string[] {
  const lines = new Map(files.map(({ path, text }) => [path, text.split('\n')]));
  const found = audit(files).findings.map(({ file, line, rule, confidence }) => {
    const mark =
      /\/\/@(\d+)/.exec(lines.get(file)?.[line - 1] ?? '')?.[1] ?? `unmarked: ${lines.get(file)?.[line - 1]}`;
    return `${file.replace(/\.\w+$/, '')}:${mark} ${rule} ${confidence}`;
  });
  return [...new Set(found)].sort();
}

const asExpected = (one: CorpusCase) => {
  const files = marked(one);
  return { name: one.name, files, expected: told(files) };
};

const cases = corpus.map(asExpected);

function holds(change: Mutation): void {
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.infiniteStream(fc.boolean()), (one, stream) => {
      const files = change(one.files, () => stream.next().value as boolean);
      expect(told(files)).toEqual(one.expected);
    }),
    { numRuns: 6 },
  );
  // And all at once, everywhere.
  for (const one of cases) expect(told(change(one.files, () => true))).toEqual(one.expected);
}

test.each(Object.entries({ ...SAME, ...RENAMED }))(
  'what is found, of which kind, by which rule and how surely, stays the same: %s',
  (_name, change) => {
    holds(change);
  },
);

const done = new Map<Mutation, CorpusCase[]>();
/** The corpus, changed wherever it can be. */
function all(change: Mutation): readonly CorpusCase[] {
  const known =
    done.get(change) ??
    corpus.map((one) =>
      fromLabelled(
        one.name,
        change(one.labelled, () => true),
      ),
    );
  done.set(change, known);
  return known;
}

/** Everything has another name, and many the wrong one. */
const renamed: Mutation = (files, pick) =>
  Object.values(RENAMED).reduceRight((changed, rename) => rename(changed, pick), files);

test.each(Object.entries(RESTYLED))('renaming changes nothing in another style either: %s', (_name, restyle) => {
  for (const one of all(restyle).map(asExpected)) expect(told(renamed(one.files, () => true))).toEqual(one.expected);
});

test.each(Object.entries(RESTYLED))('F1 is at least 0.85 in another style: %s', (_name, change) => {
  const { scores, falsePositivesOnNegatives } = measure(all(change));
  expect(scores.at(-1)!.f1).toBeGreaterThanOrEqual(0.85);
  expect(falsePositivesOnNegatives).toBeLessThanOrEqual(0.05);
});

test('the changes change something, keep the labels and leave programs that parse', () => {
  for (const [name, change] of Object.entries({ ...SAME, ...RENAMED, ...RESTYLED })) {
    const changed = all(change);
    const texts = new Set(corpus.flatMap((one) => one.files.map((f) => f.text)));
    const count = changed.flatMap((one) => one.files).filter((f) => !texts.has(f.text)).length;
    if (name !== 'files reversed') expect([name, count > 10]).toEqual([name, true]);
    const labels = (list: readonly CorpusCase[]) => list.reduce((sum, one) => sum + one.labels.length, 0);
    expect(labels(changed)).toBeGreaterThanOrEqual(0.97 * labels(corpus));
    const errors = changed
      .flatMap((one) => one.files)
      .filter((file) => (parse(file) as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length > 0);
    expect(errors.map((f) => `${name} ${f.path}`)).toEqual([]);
  }
});
