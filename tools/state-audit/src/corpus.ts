import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit } from './audit.ts';
import type { SourceText } from './engine/program.ts';
import { KIND_NAMES, type Kind } from './kinds.ts';

/** One small server of the corpus. `//! kind` marks a line that must be found, `//! -` one that must not. */
export interface CorpusCase {
  readonly name: string;
  readonly files: readonly SourceText[];
  readonly labels: readonly Label[];
  /** The files with their labels at the ends of the lines. */
  readonly labelled: readonly SourceText[];
}

export interface Label {
  readonly file: string;
  readonly line: number;
  readonly kind: Kind | '-';
}

export interface Score {
  readonly kind: Kind | 'all';
  readonly labels: number;
  readonly found: number;
  readonly missed: number;
  readonly wrong: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

const LABEL = /[ \t]*\/\/! ([a-z-]+)[ \t]*$/;

/** Reads the labelled cases; the labels are taken out of the text, so that the audit cannot see them. */
export function readCorpus(folder: string): CorpusCase[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.corpus'))
    .sort();
  return names.map((name) => parseCase(name.replace('.corpus', ''), readFileSync(join(folder, name), 'utf8')));
}

/** Reads `=== path` sections with `//!` labels at the ends of lines. */
export function parseCase(name: string, text: string): CorpusCase {
  const sections = text.split(/^=== /m).slice(1);
  return fromLabelled(
    name,
    sections.map((section) => {
      const end = section.indexOf('\n');
      return { path: section.slice(0, end), text: section.slice(end + 1) };
    }),
  );
}

/** A case made of files whose lines carry their labels, for example of another case that was changed. */
export function fromLabelled(name: string, labelled: readonly SourceText[]): CorpusCase {
  const labels: Label[] = [];
  const files = labelled.map(({ path, text }) => {
    const clean = text.split('\n').map((content, index) => {
      const kind = LABEL.exec(content)?.[1];
      if (kind !== undefined) labels.push({ file: path, line: index + 1, kind: kind as Label['kind'] });
      return content.replace(LABEL, '');
    });
    return { path, text: clean.join('\n') };
  });
  return { name, files, labels, labelled };
}

export interface Measured {
  readonly scores: readonly Score[];
  /** Share of the lines labelled `-` on which something was found. */
  readonly falsePositivesOnNegatives: number;
  readonly labels: number;
  readonly mistakes: readonly string[];
}

/** Audits every case and compares: a finding counts for its own line and kind only; one on an unlabelled line is wrong. */
export function measure(cases: readonly CorpusCase[]): Measured {
  const tally = new Map<Kind, { found: number; missed: number; wrong: number }>(
    KIND_NAMES.map((kind) => [kind, { found: 0, missed: 0, wrong: 0 }]),
  );
  const mistakes: string[] = [];
  let negatives = 0;
  let flagged = 0;
  for (const one of cases) {
    const { findings } = audit(one.files);
    const at = (label: Label) => findings.filter((f) => f.file === label.file && f.line === label.line);
    for (const label of one.labels) {
      const here = at(label);
      if (label.kind === '-') {
        negatives += 1;
        if (here.length > 0) flagged += 1;
      } else if (here.some((f) => f.kind === label.kind)) tally.get(label.kind)!.found += 1;
      else {
        tally.get(label.kind)!.missed += 1;
        mistakes.push(`missed  ${place(one, label)} ${label.kind}${here[0] ? ` (said ${here[0].kind})` : ''}`);
      }
    }
    for (const finding of findings) {
      if (one.labels.some((l) => l.file === finding.file && l.line === finding.line && l.kind === finding.kind))
        continue;
      tally.get(finding.kind)!.wrong += 1;
      mistakes.push(`wrong   ${place(one, finding)} ${finding.kind} ${finding.name} (${finding.confidence})`);
    }
  }
  const scores = KIND_NAMES.map((kind) => score(kind, tally.get(kind)!));
  const sum = (pick: 'found' | 'missed' | 'wrong') => [...tally.values()].reduce((total, one) => total + one[pick], 0);
  const all = score('all', { found: sum('found'), missed: sum('missed'), wrong: sum('wrong') });
  return {
    scores: [...scores, all],
    falsePositivesOnNegatives: negatives === 0 ? 0 : flagged / negatives,
    labels: cases.reduce((total, one) => total + one.labels.length, 0),
    mistakes,
  };
}

const place = (one: CorpusCase, at: { file: string; line: number }) => `${one.name} ${at.file}:${at.line}`;

function score(kind: Score['kind'], { found, missed, wrong }: { found: number; missed: number; wrong: number }): Score {
  const precision = found + wrong === 0 ? 1 : found / (found + wrong);
  const recall = found + missed === 0 ? 1 : found / (found + missed);
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { kind, labels: found + missed, found, missed, wrong, precision, recall, f1 };
}

/** The table that `node tools/state-audit/measure-corpus.ts` prints. */
export function scoreTable({ scores, falsePositivesOnNegatives, labels, mistakes }: Measured): string {
  const percent = (value: number) => `${(value * 100).toFixed(0)} %`.padStart(10);
  const row = (s: Score) =>
    `${s.kind.padEnd(16)}${String(s.labels).padStart(8)}${percent(s.precision)}${percent(s.recall)}${s.f1.toFixed(2).padStart(8)}`;
  return [
    `${'KIND'.padEnd(16)}${'LABELS'.padStart(8)}${'PRECISION'.padStart(10)}${'RECALL'.padStart(10)}${'F1'.padStart(8)}`,
    ...scores.map(row),
    `false positives on negatives:${percent(falsePositivesOnNegatives)}   labels in all: ${labels}`,
    ...mistakes,
  ].join('\n');
}
