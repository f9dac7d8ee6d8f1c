import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projections } from '@atlas/reporting/projections';
import { median } from '../statistics.ts';
import type { Share } from './growth-main.ts';
import { openPlace } from './place.ts';
import type { Section } from './section.ts';
import { cell } from './throughput.ts';

const replicas = [1, 2, 4];
/** Events of a turn in a whole run, whatever the number of processes. */
const turnEvents = 24_000;

/** Events per second that 1, 2 and 4 processes count together, each its share, into the same rows. */
export const growthSection: Section = {
  name: 'growth',
  async measure({ rounds, scale }, say) {
    const events = Math.max(400, Math.round(turnEvents * scale));
    const rates = new Map<number, number[]>(replicas.map((processes) => [processes, []]));
    for (let round = 0; round < rounds; round += 1) {
      const first = round % replicas.length;
      for (const processes of [...replicas.slice(first), ...replicas.slice(0, first)]) {
        const rate = await countTogether(processes, events);
        rates.get(processes)!.push(rate);
        say(`growth      round ${round + 1}/${rounds}  ${processes} of them ${Math.round(rate)}/s`);
      }
    }
    const one = median(rates.get(1)!);
    const rows = [...rates].map(
      ([processes, each]) => `| ${processes} | ${cell(each, 0)} | ${(median(each) / one).toFixed(2)}× |`,
    );
    const note = `All of them and the emulator, which is one process, share the machine's cores: what one process leaves of them is all that the others can add.`;
    const table = ['| processes | events/s together | of one |', '| ---: | ---: | ---: |', ...rows].join('\n');
    return { markdown: `## Growth of revenue-daily with its replicas\n\n${table}\n\n${note}`, verdicts: [] };
  },
};

/** Beside the stack in the environment, in tables of their own. Rejects when a process fails. */
async function countTogether(processes: number, events: number): Promise<number> {
  const place = await openPlace(
    `growth-${processes}`,
    projections.filter(({ name }) => name === 'revenue-daily'),
  );
  place.close();
  const share: Share = { prefix: place.prefix, count: Math.floor(events / processes) };
  const children = Array.from({ length: processes }, () =>
    fork(join(import.meta.dirname, 'growth-main.ts'), [JSON.stringify(share)]),
  );
  const told = children.map((child) => messagesOf(child));
  await Promise.all(told.map((messages) => messages.next('ready')));
  const startedAt = performance.now();
  for (const child of children) child.send('go');
  await Promise.all(told.map((messages) => messages.next('done')));
  return (share.count * processes * 1000) / (performance.now() - startedAt);
}

/** Waits for what a child says; rejects when it ends before. */
function messagesOf(child: ReturnType<typeof fork>) {
  const ended = once(child, 'exit').then(([code]) => `exit code ${String(code)}`);
  return {
    async next(wanted: string): Promise<void> {
      const said = once(child, 'message').then(([message]) => message as string);
      const outcome = await Promise.race([said, ended]);
      if (outcome !== wanted) throw new Error(`a process that counts has ended early: ${outcome}`);
    },
  };
}
