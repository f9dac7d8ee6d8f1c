import type { AuditRecord, DeadMessage, OperationReport, QueueReport } from '@atlas/messaging';
import type { Terminal } from './terminal.ts';

type Style = Terminal['style'];

/** `atlas dlq list` for a person: per queue what went wrong, most frequent first. */
export function renderQueues(reports: readonly QueueReport[], style: Style): string {
  const shown = reports.filter(({ depth, groups }) => depth.waiting + depth.inFlight + groups.length > 0);
  if (shown.length === 0) return `No dead letters in ${counted(reports.length, 'queue')}.`;
  return shown.map((report) => renderQueue(report, style)).join('\n\n');
}

function renderQueue({ queue, depth, read, groups }: QueueReport, style: Style): string {
  const all = Math.max(depth.waiting + depth.inFlight, read);
  const held = all > read ? style.dim(`  ${all - read} of them held by somebody at the moment`) : '';
  const title = `${style.bold(queue)}  ${counted(all, 'dead letter')}${held}`;
  if (groups.length === 0) return `${title}\n  none of those that can be read is meant by the filter`;
  const table = alignedRows([
    ['FINGERPRINT', 'COUNT', 'EVENT', 'REASON', 'FIRST', 'LAST'],
    ...groups.map(({ fingerprint, count, eventType, reason, first, last }) => [
      ...[fingerprint, String(count), eventType, reason, instant(first), instant(last)],
    ]),
  ]);
  const [head = '', ...rows] = table;
  const lines = groups.flatMap(({ message, location, handler }, index) => {
    const where = [handler && `in ${handler}`, location && `at ${location}`].filter(Boolean).join(' ');
    return [
      `  ${rows[index]}`,
      style.dim(`      ${oneLine(message, 110)}`),
      ...(where ? [style.dim(`      ${where}`)] : []),
    ];
  });
  return [title, style.dim(`  ${head}`), ...lines].join('\n');
}

/** `atlas dlq peek` for a person: everything that is known about each message. */
export function renderMessages(messages: readonly DeadMessage[], style: Style): string {
  if (messages.length === 0) return 'No dead letter is meant by that.';
  return messages.map((message) => renderMessage(message, style)).join('\n\n');
}

function renderMessage(message: DeadMessage, style: Style): string {
  const { letter } = message;
  const facts: [string, string | undefined][] = [
    ['queue', message.queue.sourceName],
    ['event', message.eventType],
    [
      'reason',
      letter ? `${letter.code}: ${letter.message}` : 'received too often (RECEIVE_LIMIT), no handler gave a reason',
    ],
    ['fingerprint', message.fingerprint],
    ['thrown', letter && `${letter.error_class}${letter.location ? ` at ${letter.location}` : ''}`],
    ['handler', letter?.handler],
    ['failures', letter && `${letter.attempts}, first ${letter.first_failed_at}, last ${letter.last_failed_at}`],
    ['trace', letter?.trace_id],
    ['tenant', letter?.tenant_id],
  ];
  const lines = facts.flatMap(([name, value]) => (value ? [`  ${style.dim(name.padEnd(12))} ${value}`] : []));
  return [style.bold(message.id), ...lines, indented(prettyBody(message.body))].join('\n');
}

/** What a redrive or discard did, or would do. */
export function renderOperation(kind: 'redrive' | 'discard', report: OperationReport, style: Style): string {
  const { matched, done, failed, unacceptable, dryRun, operationId } = report;
  const verb = kind === 'redrive' ? 'redriven' : 'discarded';
  const lines = dryRun
    ? [`${counted(matched, 'dead letter')} would be ${verb}.`]
    : [`${done} of ${counted(matched, 'dead letter')} ${verb}.`];
  for (const { code, count, message } of unacceptable) {
    const verdict = dryRun ? 'would be dead-lettered again' : 'will be dead-lettered again';
    lines.push(style.yellow(`${count} ${verdict}, ${code}: ${oneLine(message, 100)}`));
  }
  if (dryRun && kind === 'redrive' && matched > 0 && unacceptable.length === 0) {
    lines.push('All of them satisfy the current schema.');
  }
  for (const { id, reason } of failed) lines.push(style.red(`${id} stays: ${reason}`));
  lines.push(style.dim(`audit record ${operationId}`));
  return lines.join('\n');
}

/** `atlas dlq audit` for a person, newest first. */
export function renderAudit(records: readonly AuditRecord[]): string {
  if (records.length === 0) return 'No operation has been recorded.';
  const rows = records.map(({ operationId, startedAt, actor, kind, dryRun, state, request, counts }) => [
    startedAt.slice(0, 19),
    actor,
    dryRun ? `${kind} (dry run)` : kind,
    state,
    pairs(counts),
    pairs(request),
    operationId,
  ]);
  return alignedRows([['WHEN', 'WHO', 'WHAT', 'STATE', 'COUNTS', 'ASKED FOR', 'OPERATION'], ...rows]).join('\n');
}

/** `1 dead letter`, `2 dead letters`, `3 passes` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Columns as wide as their widest cell, two spaces between them. */
export function alignedRows(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const instant = (date: Date): string => date.toISOString().slice(0, 19);

const oneLine = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;

const pairs = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

function prettyBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');
