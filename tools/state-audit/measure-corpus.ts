import { join } from 'node:path';
import { measure, readCorpus, scoreTable } from './src/corpus.ts';

console.log(scoreTable(measure(readCorpus(join(import.meta.dirname, 'corpus')))));
