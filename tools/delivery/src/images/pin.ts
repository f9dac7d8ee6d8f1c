import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../describe-apps.ts';
import { imagesIn, pinImages } from './pin.domain.ts';

/**
 * `node tools/delivery/src/images/pin.ts` asks the registries for the digest of every image that we use, and writes it beside its
 * version. Needs docker and the network; .github/workflows/images.yml runs it each week.
 */
const files = ['docker/Dockerfile', 'docker-compose.yml', 'infra/src/app/task.ts'].map((file) => {
  const path = join(workspaceRoot, file);
  return { path, text: readFileSync(path, 'utf8') };
});
const images = [...new Set(files.flatMap(({ text }) => imagesIn(text)))];
const digests = new Map(images.map((image) => [image, digestOf(image)]));
for (const { path, text } of files) writeFileSync(path, pinImages(text, digests));

/** Of the index of all platforms: the same for who builds for ARM and who builds for x86. */
function digestOf(image: string): string {
  const args = ['buildx', 'imagetools', 'inspect', image, '--format', '{{json .Manifest}}'];
  const { digest } = JSON.parse(execFileSync('docker', args, { encoding: 'utf8' })) as { digest: string };
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${image} has no digest: ${digest}`);
  console.log(`${image}  ${digest}`);
  return digest;
}
