// Exits 0 when the app of this container answers. `node healthcheck.mjs ready` asks whether it can work, too: an
// orchestrator restarts what is not live, and must not restart what only waits for a dependency.
const app = process.env.ATLAS_FOLDER.split('/').at(-1).toUpperCase().replaceAll('-', '_');
const port = process.env[`${app}_PORT`];
const path = process.argv[2] === 'ready' ? 'ready' : 'live';
const answer = await fetch(`http://127.0.0.1:${port}/health/${path}`, { signal: AbortSignal.timeout(4_000) });
process.exit(answer.ok ? 0 : 1);
