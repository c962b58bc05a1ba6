import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXECUTION_OUTCOMES } from '../../src/execution/observing/execution-event.js';
import { TestService } from '../support/service.js';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { expr: string }[];
  }[];
}

describe('docs/observability.md', () => {
  const page = readFileSync('docs/observability.md', 'utf8');
  let service: TestService;
  let text: string;
  beforeAll(async () => {
    service = await TestService.start();
    await service.post('pass');
    ({ text } = await service.request('/metrics'));
  });
  afterAll(() => service.close());

  it('has the type and the help text of each metric', () => {
    const helps = [...text.matchAll(/^# HELP (fujian_\S+) (.*)$/gm)];
    const types = new Map(
      [...text.matchAll(/^# TYPE (\S+) (.*)$/gm)].map(([, name, type]) => [name, type]),
    );
    const served = helps.map(([, name, help]) => [name, types.get(name), help]);
    const rows = [...page.matchAll(/^\| `(fujian_\w+)` +\| (\w+) +\| [^|]*\| (.*?) +\|$/gm)];
    const written = rows.map(([, name, type, help]) => [name, type, help]);
    expect(new Set(written.map(String))).toEqual(new Set(served.map(String)));
  });

  it('names the labels of each metric', () => {
    for (const [, name, labels] of page.matchAll(/^\| `(fujian_\w+)` +\| \w+ +\| ([^|]*)\|/gm)) {
      const line = new RegExp(`^${name}(?:_count)?\\{(.*)\\}`, 'm').exec(text)?.[1];
      if (line === undefined) continue; // not counted yet
      const written = [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label);
      expect([name, [...line.matchAll(/(\w+)=/g)].map(([, label]) => label)]).toEqual([
        name,
        written,
      ]);
    }
  });

  it('names every outcome', () => {
    for (const outcome of EXECUTION_OUTCOMES) expect(page).toContain(`\`${outcome}\``);
  });

  it('agrees with the dashboard, which has all metrics of ours and no unknown ones', () => {
    const dashboard = JSON.parse(readFileSync('docs/grafana-dashboard.json', 'utf8')) as Dashboard;
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) =>
        [...expr.matchAll(/\b(?:fujian|process|nodejs)_\w+/g)].map(([name]) => name),
      ),
    );
    const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name!);
    const families = asked.map((name) => name.replace(/_bucket$/, ''));
    expect(families.filter((name) => !served.includes(name))).toEqual([]);
    const ours = served.filter((name) => name.startsWith('fujian_'));
    expect(
      ours.filter((name) => !families.includes(name)),
      'without a panel',
    ).toEqual([]);
  });
});
