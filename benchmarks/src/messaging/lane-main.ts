import { laneTable } from './lane-table.ts';
import type { LaneOrder, LaneReport } from './measurement.ts';

// The process of one lane: does the order it was started with, reports, and ends.
process.once('disconnect', () => process.exit(1));
process.once('uncaughtException', fail);
process.once('unhandledRejection', fail);

const order = JSON.parse(process.argv[2]!) as LaneOrder;
const run = await laneTable[order.lane]();
const result = await run(order, () => report({ kind: 'ready' }));
report({ kind: 'measured', result }, () => process.exit(0));

function report(message: LaneReport, sent: () => void = () => {}): void {
  process.send!(message, sent);
}

function fail(error: unknown): void {
  report({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
    process.exit(1),
  );
}
