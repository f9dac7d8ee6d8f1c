import { join } from 'node:path';
import { audit, readSources } from '@atlas/state-audit';

// Lint sees what nobody owns; this sees everything, as `npx atlas audit .` does.
test('what one process of Atlas keeps for itself says why it may', () => {
  const { files, names } = readSources(join(__dirname, '..', '..', '..'));
  const { findings, badSuppressions, explained } = audit(files, names);
  const advice = 'give it a home outside the process, or say why not: // atlas-local-ok: <reason>';
  expect(findings.map((f) => `${f.file}:${f.line} ${f.name}: ${advice}`)).toEqual([]);
  expect(badSuppressions.map((s) => `${s.file}:${s.line} explains nothing, or has no reason`)).toEqual([]);
  expect(explained.length).toBeGreaterThan(50);
}, 240_000);
