import { openLoop } from './open-loop.ts';
import type { Answer, Order } from './sender.ts';

process.on('message', (order: Order) => void openLoop(...order).then(answer, fail));
// Whoever starts it may be killed.
process.on('disconnect', () => process.exit());

function answer(result: Awaited<ReturnType<typeof openLoop>>): void {
  process.send!({ result } satisfies Answer);
}

function fail(error: unknown): void {
  process.send!({ failed: (error as Error).message } satisfies Answer);
}
