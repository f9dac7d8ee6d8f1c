import { growthSection } from './growth.ts';
import { lagSection } from './lag.ts';
import type { Section } from './section.ts';
import { rebuildSection } from './rebuild.ts';
import { revenueSection, skusSection } from './throughput.ts';

/** Everything that the benchmark measures, in the order of the report. */
export const sections: readonly Section[] = [revenueSection, skusSection, rebuildSection, lagSection, growthSection];
