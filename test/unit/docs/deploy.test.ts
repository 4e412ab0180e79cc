import { readdirSync, readFileSync } from 'node:fs';

const page = readFileSync('docs/deploy.md', 'utf8');
const security = readFileSync('docs/security.md', 'utf8');

function parametersOf(template: string): { name: string; isRequired: boolean }[] {
  const lines = [...readFileSync(template, 'utf8').matchAll(/^param (\w+)(.*)$/gm)];
  return lines.map(([, name = '', rest = '']) => ({ name, isRequired: !rest.includes('=') }));
}

interface Deployment {
  template: string;
  /** Names of the parameters that the command gives, or its file. */
  given: string[];
}

/** Each command that deploys a template: one that it names, or that of the sample file which was copied before it. */
function deployments(): Deployment[] {
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text.replaceAll(/\\\n\s*/g, ' '));
  return blocks.flatMap((block) => {
    const file = /cp (infra\/params\/\S+) /.exec(block)?.[1];
    const commands = block.split('\n').filter((line) => line.startsWith('az deployment group create'));
    return commands.map((command) => readDeployment(command, file));
  });
}

function readDeployment(command: string, file: string | undefined): Deployment {
  const template = /--template-file (infra\/\S+\.bicep)/.exec(command)?.[1];
  const given: string[] =
    command
      .split('--parameters')
      .slice(1)
      .join(' ')
      .match(/(?<=\s)\w+(?==)/g) ?? [];
  if (template !== undefined || file === undefined) return { template: template ?? command, given };
  const used = /^using '\.\.\/(.+)'$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? file;
  return { template: `infra/${used}`, given: [...given, ...parametersOf(file).map(({ name }) => name)] };
}

describe('the commands of docs/deploy.md', () => {
  it.each(deployments().map((deployment) => [deployment.template, deployment] as const))(
    '%s is given parameters that it has, and all that it needs',
    (template, { given }) => {
      const parameters = parametersOf(template);
      const known = parameters.map(({ name }) => name);
      expect(given.filter((name) => !known.includes(name))).toEqual([]);
      const needed = parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name);
      expect(needed.filter((name) => !given.includes(name))).toEqual([]);
    },
  );

  it('deploy the one-sided templates, a foreign side, and the stand-alone ones', () => {
    const templates = deployments().map(({ template }) => template.replace('infra/', ''));
    expect(templates).toEqual([
      'main.both.bicep',
      'main.source.bicep',
      'main.target.bicep',
      'main.side.bicep',
      'templates/ExportPipeline.bicep',
      'templates/PipelineRun-Export.bicep',
      'templates/ImportPipeline.bicep',
      'templates/PipelineRun-Import.bicep',
      'main.push-subscriptions.bicep',
    ]);
  });

  it('name files of parameters that are there', () => {
    const named = [...page.matchAll(/infra\/params\/([\w.]+\.bicepparam)/g)].map(([, name]) => name);
    const there = readdirSync('infra/params');
    expect([...new Set(named)].filter((name) => name !== 'mine.bicepparam' && !there.includes(name ?? ''))).toEqual([]);
  });

  it('read outputs that the templates give', () => {
    const outputs: string[] = readFileSync('infra/main.both.bicep', 'utf8').match(/(?<=^output )\w+/gm) ?? [];
    const read = [...page.matchAll(/\$\(output (\w+)|outputs\.(\w+)\.value/g)].map(([, one, other]) => one ?? other);
    expect(read.length).toBeGreaterThan(3);
    expect(read.filter((name) => !outputs.includes(name ?? ''))).toEqual([]);
  });
});

describe('what the pages name as a parameter', () => {
  it('is one of a template, or of a side', () => {
    const all = readdirSync('infra', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.bicep'));
    const text = all.map((name) => readFileSync(`infra/${name}`, 'utf8')).join('\n');
    const named = [
      'certificateVaultId',
      'webhookVaultId',
      'receiptKeyName',
      'furtherRoutes',
      'appSettings',
      'identityId',
      'workspaceId',
      'uploaderIps',
      'routeOptions',
      'serves',
      'runner',
    ];
    for (const name of named) {
      expect(page + security).toContain(name);
      expect(text).toMatch(new RegExp(`^ *(param )?${name}\\b`, 'm'));
    }
  });
});

describe('the runbooks', () => {
  it('are one for each alert of infra/modules/alerts.bicep, by its name', () => {
    const alerts = readFileSync('infra/modules/alerts.bicep', 'utf8').match(/(?<=^ {4}name: ')[a-z-]+(?=')/gm) ?? [];
    const [, operating = ''] = page.split('## Operating: a runbook for each alert');
    const runbooks = [...operating.matchAll(/^### (.+)\n\n(.+)/gm)];
    expect(alerts.length).toBeGreaterThan(3);
    expect(runbooks.map(([, name]) => name)).toEqual(alerts);
  });
});
