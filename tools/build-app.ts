/**
 * Makes one self-contained bundle of an app: `node tools/build-app.ts apps/gateway` writes apps/gateway/dist/main.mjs
 * (and, beside it, the native modules that cannot be inlined, and the `bundledFiles` of the app's package.json, which it
 * serves as they are). It starts with `node dist/main.mjs` on Node 24 and needs no node_modules.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const app = process.argv[2];
if (!app) {
  console.error('usage: node tools/build-app.ts apps/<app>');
  process.exit(2);
}

interface Manifest {
  /** Programs to bundle, by the name of their file in dist/; src/main.ts unless said. */
  bundledEntries?: Record<string, string>;
  /** Files of packages that go along as they are. */
  bundledFiles?: string[];
}

/** What an image may have on top of Node. */
const mostMebibytes = 60;

const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as Manifest;
const entries = Object.entries(manifest.bundledEntries ?? { main: 'src/main.ts' });
const outdir = join(app, 'dist');
rmSync(outdir, { recursive: true, force: true });

const result = await build({
  entryPoints: Object.fromEntries(entries.map(([name, file]) => [name, join(app, file)])),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Express and others are CommonJS inside: they need a require.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  // Native modules are copied beside the bundle and required from there.
  loader: { '.node': 'copy' },
  assetNames: '[name]',
  external: ['pg-native'],
  sourcemap: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  logOverride: { 'require-resolve-not-external': 'silent' },
});

// "swagger-ui-dist/swagger-ui.css" of node_modules becomes dist/swagger-ui-dist/swagger-ui.css.
const { resolve: locate } = createRequire(resolve(app, 'package.json'));
for (const file of manifest.bundledFiles ?? []) cpSync(locate(file), join(outdir, file));

for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
  if (!file.endsWith('.map')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} KiB`);
}

// As the image has it: with native modules and copied files, without the maps.
const shipped = readdirSync(outdir, { recursive: true, withFileTypes: true, encoding: 'utf8' })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
  .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
const mebibytes = shipped.reduce((sum, bytes) => sum + bytes, 0) / 1024 / 1024;
console.log(`${app}  ${mebibytes.toFixed(1)} MiB in an image, which may have ${mostMebibytes}`);
if (mebibytes > mostMebibytes) {
  console.error(`${app} has too much: take something out, or say in docs/delivery.md why it has to have it.`);
  process.exit(1);
}
