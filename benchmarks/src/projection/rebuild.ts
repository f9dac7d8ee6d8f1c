import { randomUUID } from 'node:crypto';
import { createLogger } from '@atlas/platform';
import { createProjectionOperations } from '@atlas/projections';
import { projections } from '@atlas/reporting/projections';
import { median } from '../statistics.ts';
import { sampleOrderEvents } from './orders.ts';
import { openPlace } from './place.ts';
import type { Section } from './section.ts';
import { cell } from './throughput.ts';

/** Events in the journal of a whole run. */
const journalEvents = 40_000;
const batchSize = 900;
const atLeast = 5_000;

/** A rebuild of `revenue-daily` as `npx atlas projections rebuild` does it, from the command to the switch of the readers. */
export const rebuildSection: Section = {
  name: 'rebuild',
  async measure({ rounds, scale }, say) {
    const events = Math.max(2_000, Math.round(journalEvents * scale));
    const place = await openPlace(
      'rebuild',
      projections.filter(({ name }) => name === 'revenue-daily'),
    );
    const whole: number[] = [];
    try {
      const made = place.process();
      const logger = createLogger({ service: 'benchmark', level: 'warn' });
      const shared = { dynamo: place.dynamo, prefix: place.prefix, clock: () => new Date(), logger, newId: randomUUID };
      const { rebuilds, verify } = createProjectionOperations({ ...shared, projections: made });
      const history = sampleOrderEvents(events);
      for (let at = 0; at < events; at += batchSize) await made.writer.apply(history.slice(at, at + batchSize));
      for (let round = 0; round < rounds; round += 1) {
        const began = performance.now();
        const { build, applied } = await rebuilds.rebuild('revenue-daily');
        if (applied !== events) throw new Error(`${build} has counted ${applied} of ${events} events.`);
        whole.push((events * 1000) / (performance.now() - began));
        say(`rebuild     round ${round + 1}/${rounds}  ${Math.round(whole.at(-1)!)}/s`);
        const { wrong, uncounted } = await verify(build);
        if (wrong.length + uncounted.length > 0) throw new Error(`${build} is not what the journal comes to.`);
      }
    } finally {
      place.close();
    }
    const table = [
      '| | events/s |',
      '| --- | ---: |',
      `| from the command to the switch, with the wait until every process knows of the build | ${cell(whole, 0)} |`,
    ].join('\n');
    const count = events.toLocaleString('en');
    return {
      markdown: `## Rebuild of revenue-daily from a journal of ${count} events\n\n${table}`,
      verdicts: [
        {
          target: `rebuild of revenue-daily: events/s, command to switch ≥ ${atLeast.toLocaleString('en')}`,
          measured: cell(whole, 0),
          met: median(whole) >= atLeast,
        },
      ],
    };
  },
};
