import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describeSystem, workspaceRoot } from './describe-apps.ts';

// npm run infra:describe: what the infrastructure knows about the apps, as data, because it may not import them.
const file = join(workspaceRoot, 'infra', 'src', 'apps.generated.json');
const system = await describeSystem();
writeFileSync(file, await format(JSON.stringify(system), { parser: 'json', printWidth: 120 }));
console.log(`${system.apps.map(({ name }) => name).join(', ')}: described in infra/src/apps.generated.json`);
