import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../describe-apps.ts';
import { imagesIn, pinImages } from './pin.domain.ts';

const text = (file: string) => readFileSync(join(workspaceRoot, file), 'utf8');
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

test('finds every image of somebody else, and none of ours', () => {
  expect(imagesIn(text('docker/Dockerfile'))).toEqual([expect.stringMatching(/^node:24\./)]);
  expect(imagesIn(text('infra/src/app/task.ts'))).toEqual([expect.stringMatching(/aws-otel-collector:v/)]);
  const composed = imagesIn(text('docker-compose.yml'));
  expect(composed).toEqual(expect.arrayContaining(['localstack/localstack:4.14.0']));
  expect(composed).toHaveLength(9);
  expect(composed.filter((image) => image.startsWith('atlas/'))).toEqual([]);
});

test('writes the digest beside the version, in place of an older one', () => {
  const file = 'a:\n  image: nginx:1.29\nb:\n  image: atlas/gateway:local\n';
  const pinned = pinImages(file, new Map([['nginx:1.29', digest('a')]]));
  expect(pinned).toBe(`a:\n  image: nginx:1.29@${digest('a')}\nb:\n  image: atlas/gateway:local\n`);
  expect(imagesIn(pinned)).toEqual(['nginx:1.29']);
  expect(pinImages(pinned, new Map([['nginx:1.29', digest('b')]]))).toBe(pinned.replace(digest('a'), digest('b')));
  expect(pinImages(pinned, new Map())).toBe(pinned);
});

test('the files stay as they are but for the digests', () => {
  const dockerfile = text('docker/Dockerfile');
  const [node] = imagesIn(dockerfile);
  const pinned = pinImages(dockerfile, new Map([[node!, digest('c')]]));
  expect(pinned).toContain(`ARG NODE_IMAGE=${node}@${digest('c')}\n`);
  expect(pinned.split('\n')).toHaveLength(dockerfile.split('\n').length);
});
