import { join } from 'node:path';
import { createSystem } from './system.ts';

// `npx nx run infra:synth`, and what the CDK command line runs: it says where to in CDK_OUTDIR, and waits for that.
const outdir = process.env['CDK_OUTDIR'] ?? join(import.meta.dirname, '..', 'dist', 'cdk.out');
const { stacks, directory } = createSystem({ outdir }).synth();
if (process.env['CDK_OUTDIR'] === undefined) {
  for (const { stackName, template } of stacks) {
    const { Resources } = template as { Resources: Record<string, unknown> };
    process.stdout.write(`${stackName.padEnd(28)} ${String(Object.keys(Resources).length).padStart(4)} resources\n`);
  }
  process.stdout.write(`\nTemplates: ${directory}\n`);
}
