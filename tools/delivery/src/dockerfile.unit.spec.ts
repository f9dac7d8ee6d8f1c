import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFlags } from '@atlas/dev-stack';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { workspaceRoot } from './describe-apps.ts';

const file = readFileSync(join(workspaceRoot, 'docker', 'Dockerfile'), 'utf8');
const problemsOf = (content: string) =>
  validate(content, {
    deprecatedMaintainer: ValidationSeverity.ERROR,
    directiveCasing: ValidationSeverity.ERROR,
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
  }).map(({ message, range }) => `${range.start.line + 1}: ${message}`);

test('the Dockerfile has no mistakes', () => {
  expect(problemsOf(file)).toEqual([]);
  expect(problemsOf('FROM node\nCMD ["a"]\nCMD ["b"]\n')).not.toEqual([]);
});

describe('the image', () => {
  const stages = file.split(/^FROM /m).slice(1);
  const last = stages.at(-1)!;

  test('is built from a pinned Node, and has only what was bundled', () => {
    const version = /^ARG NODE_IMAGE=node:([\d.]+)-bookworm-slim(@sha256:[0-9a-f]{64})?$/m.exec(file)![1];
    const { devDependencies } = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    // The Node that the tests ran on.
    expect(version).toBe(devDependencies['node']);
    expect(stages.every((stage) => stage.startsWith('${NODE_IMAGE}'))).toBe(true);
    expect(last.match(/^(COPY|ADD|RUN) .*$/gm)).toEqual(['COPY --from=build --chown=root:root /app ./']);
  });

  test('runs as nobody in particular, says whether it lives, and gets its signals', () => {
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(/^HEALTHCHECK .*CMD \["node", "healthcheck\.mjs"\]$/m);
    // In exec form, a shell would keep SIGTERM for itself; and with the flags that apps are measured with.
    expect(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(last)![1]!)).toEqual(['node', ...nodeFlags]);
    expect(last).toMatch(/^CMD \["main\.mjs"\]$/m);
  });
});
