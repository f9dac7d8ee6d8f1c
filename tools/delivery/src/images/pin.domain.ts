/** An image of somebody else, by the version that we chose: `image: nginx:1.29`, `ARG NODE_IMAGE=node:24`, `collectorImage = '…'`. */
const reference = /((?:\bimage: |_IMAGE=|\w+Image = '))((?!atlas\/)[\w./-]+:[\w.-]+)(@sha256:[0-9a-f]{64})?/g;

/** The images that a file names, with their versions and without their digests, each once. */
export function imagesIn(text: string): string[] {
  return [...new Set([...text.matchAll(reference)].map(([, , image]) => image!))];
}

/** The same file, in which each image is the one of this digest: a version can be pushed again, a digest cannot. */
export function pinImages(text: string, digests: ReadonlyMap<string, string>): string {
  return text.replace(reference, (whole, before: string, image: string) => {
    const digest = digests.get(image);
    return digest === undefined ? whole : `${before}${image}@${digest}`;
  });
}
