import {
  type BuildReport,
  type Difference,
  type ProjectionStatus,
  rowOfSum,
  type VerifyReport,
} from '@atlas/projections';
import { alignedRows, counted } from './dlq.output.ts';
import type { Terminal } from './terminal.ts';

type Style = Terminal['style'];

/** More differences than this are counted, not shown: the first ones tell what is wrong. */
const SHOWN_DIFFERENCES = 20;

/** `atlas projections status` for a person: a line per projection, and below it what is to be known or done. */
export function renderStatus(
  statuses: readonly ProjectionStatus[],
  journalSize: number,
  now: Date,
  style: Style,
): string {
  const rows = statuses.map(({ name, live, progress, building, previous }) => [
    ...[name, live ?? '-', progress?.newestEventAt.slice(0, 19) ?? '-', lagOf(progress?.lagMs)],
    ...[building ?? '-', previous ?? '-'],
  ]);
  const [head = '', ...lines] = alignedRows([['PROJECTION', 'LIVE', 'AS OF', 'LAG', 'BUILDING', 'PREVIOUS'], ...rows]);
  const notes = statuses.map((status) => notesOf(status, now).map((note) => style.yellow(`  ${note}`)));
  return [
    `About ${counted(journalSize, 'event')} in the journal.`,
    style.dim(head),
    ...lines.flatMap((line, index) => [line, ...notes[index]!]),
  ].join('\n');
}

function notesOf(status: ProjectionStatus, now: Date): string[] {
  const { name, declared, live, building, previous, discarded, retired, unknown, walk } = status;
  const liveVersion = live === undefined ? undefined : Number(/@(\d+)\./.exec(live)?.[1]);
  const command = (what: string) => `npx atlas projections ${what}`;
  const again = building !== undefined && building === previous ? 'rollback' : 'rebuild';
  return [
    ...unknown.map((build) => `this code does not declare ${build}: processes of it do not consume`),
    ...(live === undefined && building === undefined && !retired
      ? ['not known to any service that runs: one whose code declares it builds it by itself']
      : []),
    ...(retired ? [`retired; ${command(`rebuild ${name}`)} brings it back`] : []),
    ...(building !== undefined ? [`${building}: ${walkWords(walk, now)}`] : []),
    ...(building !== undefined && live !== undefined && !walk?.taken
      ? [`to go on: ${command(`${again} ${name}`)}`]
      : []),
    ...(declared !== undefined && liveVersion !== undefined && declared > liveVersion && building === undefined
      ? [`version ${declared} is declared: ${command(`rebuild ${name}`)}`]
      : []),
    ...discarded.map((build) => `nobody reads ${build} any more: ${command(`drop ${build}`)}`),
  ];
}

function walkWords(walk: ProjectionStatus['walk'], now: Date): string {
  if (!walk) return 'nobody has begun to walk through the journal';
  const done = walk.total === 0 ? 100 : Math.floor((walk.scanned / walk.total) * 100);
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(walk.savedAt)) / 1000));
  const who = walk.taken ? `last heard of ${seconds} s ago` : 'put down';
  return `${done} % of pass ${walk.pass}, ${who}`;
}

const lagOf = (ms: number | null | undefined): string =>
  ms === undefined || ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`;

/** What came of a rebuild or a roll-back, and what may be done next. */
export function renderBuild(command: 'rebuild' | 'rollback', name: string, report: BuildReport, style: Style): string {
  const { build, outcome, applied, passes } = report;
  switch (outcome) {
    case 'switched':
      return [
        style.green(`Readers of ${name} get ${build} now.`),
        ...(applied === undefined
          ? []
          : [`${counted(applied, 'mark')} set in ${counted(passes ?? 1, 'pass', 'passes')}.`]),
        style.dim(`Back: npx atlas projections rollback ${name}`),
      ].join('\n');
    case 'interrupted':
      return `${build} is not finished; readers keep what they have. To go on: npx atlas projections ${command} ${name}`;
    case 'cancelled':
      return style.yellow(`${build} was cancelled by somebody; readers keep what they have.`);
  }
}

/** What a comparison with the journal has found. */
export function renderVerify(reports: readonly VerifyReport[], style: Style): string {
  return reports.flatMap((report) => verifyLines(report, style)).join('\n');
}

function verifyLines({ build, events, rows, wrong, moving, uncounted }: VerifyReport, style: Style): string[] {
  const size = `${counted(events, 'event')} in ${counted(rows, 'row')}`;
  const still = moving > 0 ? `; of ${counted(moving, 'row')} nothing can be said: written to all the time` : '';
  const missing =
    uncounted.length > 0
      ? [`  ${counted(uncounted.length, 'event')} of the journal not counted, for example ${uncounted[0]}`]
      : [];
  if (wrong.length === 0) return [`${style.green('right')}  ${build}: ${size}${still}`, ...missing];
  const table = alignedRows([
    ['ROW', 'SUM', 'JOURNAL SAYS', 'TABLE SAYS'],
    ...wrong.slice(0, SHOWN_DIFFERENCES).map((difference) => differenceCells(difference)),
  ]);
  const more = wrong.length > SHOWN_DIFFERENCES ? [`  and ${wrong.length - SHOWN_DIFFERENCES} more`] : [];
  const title = `${style.red('WRONG')}  ${build}: ${counted(wrong.length, 'sum')} of ${size}${still}`;
  return [title, ...table.map((line) => `  ${line}`), ...more, ...missing];
}

function differenceCells({ pk, sk, attribute, expected, actual }: Difference): string[] {
  return [rowOfSum({ pk, sk }), attribute, String(expected), String(actual)];
}
