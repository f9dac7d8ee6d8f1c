import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alarmKinds } from '@atlas/infra/alarms';
import { parse } from 'yaml';
import { describeApps, workspaceRoot } from './describe-apps.ts';

const folder = join(workspaceRoot, 'docker', 'observability');
const text = (file: string) => readFileSync(join(folder, file), 'utf8');
const { groups } = parse(text('alerts.yaml')) as {
  groups: {
    rules: { alert: string; expr: string; for: string; annotations: { summary: string; runbook: string } }[];
  }[];
};

test('Prometheus has the alarms of CloudWatch: same names, thresholds, times and runbooks', () => {
  const found = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr, for: time, annotations: { summary, runbook } }) => ({
      ...{ alert, above: Number(/ > (\d+)$/.exec(expr)?.[1]), minutes: time, says: summary, runbook },
    }));
  const wanted = Object.entries(alarmKinds).map(([alert, { says, runbook, above, minutes }]) => ({
    ...{ alert, above, minutes: `${minutes}m`, says, runbook: `docs/runbooks/${runbook}.md` },
  }));
  expect(found).toEqual(wanted);
});

test('every metric that a rule or a dashboard asks for is one that the code makes', () => {
  const sources = ['libs', 'apps']
    .flatMap((top) =>
      readdirSync(join(workspaceRoot, top), { recursive: true, encoding: 'utf8' }).map((file) => join(top, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(join(workspaceRoot, file), 'utf8'))
    .join('\n');
  const dashboards = readdirSync(join(folder, 'grafana', 'dashboards')).map((file) =>
    text(`grafana/dashboards/${file}`),
  );
  const asked = [text('alerts.yaml'), ...dashboards].flatMap((content) => content.match(/\batlas_[a-z_]+/g) ?? []);
  const names = [...new Set(asked.map((name) => name.slice('atlas_'.length).replace(/_(bucket|sum|count)$/, '')))];
  expect(names.filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
  expect(names.length).toBeGreaterThan(10);
});

test('every app is scraped where it listens', async () => {
  const { scrape_configs } = parse(text('prometheus.yaml')) as {
    scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  expect(scrape_configs.map(({ job_name }) => job_name).sort()).toEqual((await describeApps()).map(({ name }) => name));
  const environment = readFileSync(join(workspaceRoot, 'docker', 'development.env'), 'utf8');
  for (const { job_name, dns_sd_configs } of scrape_configs) {
    expect(environment).toContain(`${job_name.toUpperCase()}_PORT=${dns_sd_configs[0]!.port}\n`);
    expect(dns_sd_configs[0]!.names).toEqual([job_name]);
  }
});
