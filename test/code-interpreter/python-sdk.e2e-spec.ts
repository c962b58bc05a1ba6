import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/requirement.js';
import { scientificPythons } from '../support/scientific-pythons.js';
import { TestService } from '../support/service.js';
import { PythonClient } from './python-client.js';

const found = requireOrSkip('A Python with numpy and more', scientificPythons().length > 0);

/** The newest Python: the SDKs of older ones take no URL. */
const CLIENT_PYTHON = scientificPythons().at(-1)?.path ?? '';

/** Python function that describes an execution. */
const DESCRIBED = `
def described(execution):
  error = execution.error
  return dict(
    text=execution.text,
    stdout="".join(execution.logs.stdout),
    stderr="".join(execution.logs.stderr),
    count=execution.execution_count,
    error=error and [error.name, error.value, error.traceback],
  )
`;

describe.runIf(found).each(scientificPythons())(
  'the Python SDK for code interpreters, with Python $version behind the service',
  ({ path }) => {
    let service: TestService;
    let client: PythonClient;

    beforeAll(async () => {
      // No test waits as long as it takes to kill code that does not stop.
      service = await TestService.start({
        python: path,
        preload: ['matplotlib.pyplot', 'pandas'],
        interruptGrace: 60_000,
      });
      client = new PythonClient(CLIENT_PYTHON, { E2B_SANDBOX_URL: service.url });
    });
    afterAll(async () => {
      await client.kill();
      await service.close();
    });

    const sync = (script: string, env?: Record<string, string>) =>
      client.sync(DESCRIBED + script, env);
    const async = (script: string, env?: Record<string, string>) =>
      client.async(DESCRIBED + script, env);

    it('streams output and displays, and returns the value', async () => {
      const told = await sync(`
told = []
execution = sandbox.run_code(
  'import sys; sys.stdout.write("out\\\\n"); sys.stderr.write("err\\\\n"); display("shown"); 6 * 7',
  on_stdout=lambda message: told.append(["out", message.line, message.error]),
  on_stderr=lambda message: told.append(["err", message.line, message.error]),
  on_result=lambda result: told.append(["result", result.text, result.is_main_result]),
)
answer(told=sorted(told, key=lambda one: one[0]), **described(execution))`);
      expect(told).toEqual({
        told: [
          ['err', 'err\n', true],
          ['out', 'out\n', false],
          ['result', "'shown'", false],
          ['result', '42', true],
        ],
        text: '42',
        stdout: 'out\n',
        stderr: 'err\n',
        count: expect.any(Number),
        error: null,
      });
    });

    it('does the same with an asynchronous client', async () => {
      const told = await async(`
told = []
async def hear(message): told.append(message.line)
execution = await sandbox.run_code('print("out"); await __import__("asyncio").sleep(0, 5)', on_stdout=hear)
answer(told="".join(told), **described(execution))`);
      expect(told).toMatchObject({ told: 'out\n', text: '5', stdout: 'out\n', error: null });
    });

    it('keeps characters whole, whatever ends a line in Unicode', async () => {
      const text = 'ä😀\u2028\u2029\u0085\x0b\x0c\x1c|\r|';
      const code = `text = ${JSON.stringify(text)}
print(text)
display({"text/html": text}, raw=True)`;
      const script = (wait: string) => `
execution = ${wait}sandbox.run_code(os.environ["CODE"])
answer(html=execution.results[0].html, **described(execution))`;
      for (const told of [
        await sync(script(''), { CODE: code }),
        await async(script('await '), { CODE: code }),
      ]) {
        expect(told).toMatchObject({ error: null, html: text, stdout: `${text}\n` });
      }
    });

    it('reports an error', async () => {
      const { heard, error } = await sync(`
heard = []
execution = sandbox.run_code("x = 1\\n1 / 0  # here", on_error=lambda error: heard.append(error.name))
answer(heard=heard, **described(execution))`);
      expect(heard).toEqual(['ZeroDivisionError']);
      expect(error).toEqual([
        'ZeroDivisionError',
        'division by zero',
        expect.stringMatching(/line 2, in <module>\n {4}1 \/ 0 {2}# here\n/),
      ]);
      expect(error).not.toContainEqual(expect.stringContaining('_fujian'));
    });

    it('sets variables, and sets them back', async () => {
      const told = await sync(
        `
code = 'import os; os.environ.get("FUJIAN_TEST_SDK")'
texts = [sandbox.run_code(code, envs=envs).text for envs in ({"FUJIAN_TEST_SDK": os.environ["VALUE"]}, None)]
answer(texts=texts)`,
        { VALUE: 'it\'s "quoted"\nand more' },
      );
      expect(told).toEqual({ texts: [String.raw`'it\'s "quoted"\nand more'`, null] });
    });

    it('has contexts', async () => {
      const { id, ids, ...told } = await sync(`
context = sandbox.create_code_context(cwd="/", language="python")
sandbox.run_code("kept = 1", context=context)
ids = [one.id for one in sandbox.list_code_contexts()]
inside = sandbox.run_code("import os; kept, os.getcwd()", context=context)
sandbox.restart_code_context(context)
after = sandbox.run_code('"kept" in globals()', context=context)
sandbox.remove_code_context(context)
try:
  sandbox.run_code("1", context=context)
except Exception as error:
  refusal = [type(error).__name__, str(error)]
answer(id=context.id, ids=ids, cwd=context.cwd, language=context.language, inside=inside.text,
  after=[after.text, after.execution_count], refusal=refusal)`);
      expect(ids).toEqual(['main', id]);
      expect(told).toEqual({
        cwd: '/',
        language: 'python',
        inside: "(1, '/')",
        after: ['False', 1],
        refusal: ['NotFoundException', `Context ${String(id)} not found`],
      });
    });

    it('has contexts from an asynchronous client, side by side', async () => {
      const { texts, left } = await async(`
contexts = [await sandbox.create_code_context() for n in range(3)]
await asyncio.gather(*(sandbox.run_code(f"n = {n}", context=one) for n, one in enumerate(contexts)))
texts = [(await sandbox.run_code("n", context=one)).text for one in contexts]
for one in contexts: await sandbox.remove_code_context(one)
answer(texts=texts, left=[one.id for one in await sandbox.list_code_contexts()])`);
      expect([texts, left]).toEqual([['0', '1', '2'], ['main']]);
    });

    it.each(['sync', 'async'])('interrupts code of a client that gives up: %s', async (kind) => {
      const script = (wait: string) => `
${wait}sandbox.run_code("kept = 1")
try:
  ${wait}sandbox.run_code("print(1)\\nimport time; time.sleep(300)", timeout=0.5)
except Exception as error:
  refusal = type(error).__name__
answer(refusal=refusal, **described(${wait}sandbox.run_code("kept + 1")))`;
      const told = await (kind === 'sync' ? sync(script('')) : async(script('await ')));
      // A killed interpreter would have lost it, and no kill comes before this test is over.
      expect(told).toMatchObject({ refusal: 'TimeoutException', text: '2' });
    });

    it('has charts of its own classes', async () => {
      const { charts } = await sync(`
plots = [
  "plt.plot([1, 2], [3, 4], label='a')",
  "plt.scatter([1, 2], [3, 4])",
  "plt.bar(['x', 'y'], [3, 4])",
  "plt.pie([1, 3], labels=['x', 'y'])",
  "plt.boxplot([1, 2, 3, 4, 100])",
  "fig, (a, b) = plt.subplots(1, 2); a.plot([1, 2]); b.bar(['x'], [1])",
]
charts = []
for plot in plots:
  result, = sandbox.run_code(f"import matplotlib.pyplot as plt; {plot}; plt.gcf().suptitle('T'); None").results
  first = result.chart.elements[0]
  charts.append([type(result.chart).__name__, type(first).__name__, len(result.png) > 1000])
answer(charts=charts)`);
      expect(charts).toEqual([
        ['LineChart', 'PointData', true],
        ['ScatterChart', 'PointData', true],
        ['BarChart', 'BarData', true],
        ['PieChart', 'PieData', true],
        ['BoxAndWhiskerChart', 'BoxAndWhiskerData', true],
        ['SuperChart', 'LineChart', true],
      ]);
    });

    it('has the points of a chart, with its title and labels', async () => {
      const { chart } = await sync(`
execution = sandbox.run_code("""import matplotlib.pyplot as plt, datetime as dt
plt.plot([dt.date(2024, 1, 2), dt.date(2024, 1, 3)], [3, 4], label="a")
plt.title("Title"); plt.xlabel("when"); plt.ylabel("what"); plt.show()""")
chart = execution.results[0].chart
line = chart.elements[0]
answer(chart=[chart.type, chart.title, chart.x_label, chart.y_label, chart.x_scale, line.label, line.points])`);
      expect(chart).toEqual(
        [
          'ChartType.LINE',
          'Title',
          'when',
          'what',
          'ScaleType.DATETIME',
          'a',
          [
            [expect.stringMatching(/^2024-01-02/), 3],
            [expect.stringMatching(/^2024-01-03/), 4],
          ],
        ].map((one, at) => (at === 0 || at === 4 ? expect.any(String) : one)),
      );
    });

    it('has the data of a DataFrame, and its other forms', async () => {
      const { data, formats, html } = await sync(`
execution = sandbox.run_code("import pandas as pd; pd.DataFrame({'name': ['ä', 'b'], 'n': [1, 2]})")
result = execution.results[0]
answer(data=result.data, formats=sorted(result.formats()), html=result.html)`);
      expect(data).toEqual({ name: ['ä', 'b'], n: [1, 2] });
      expect(formats).toEqual(['data', 'html', 'text']);
      expect(html).toContain('<td>ä</td>');
    });

    it('reports an interpreter that dies, and goes on with another', async () => {
      const { died, next } = await sync(`
context = sandbox.create_code_context()
died = described(sandbox.run_code("import os; os._exit(3)", context=context))
next = described(sandbox.run_code("1 + 1", context=context))
sandbox.remove_code_context(context)
answer(died=died, next=next)`);
      expect(died).toMatchObject({
        error: ['InterpreterDiedError', 'exit code 3', expect.stringContaining('exit code 3')],
      });
      expect(next).toMatchObject({ text: '2', count: 1, error: null });
    });

    it('finds the service running, and reports the parts of a sandbox that are not served', async () => {
      const { running, refusals } = await sync(`
refusals = []
for call in (
  lambda: sandbox.files.read("/etc/hostname"),
  lambda: sandbox.files.list("/"),
  lambda: sandbox.commands.run("true"),
):
  try:
    call()
    refusals.append(None)
  except Exception as error:
    refusals.append(str(error))
answer(running=sandbox.is_running(), refusals=refusals)`);
      expect(running).toBe(true);
      expect(refusals).toEqual(Array(3).fill(expect.stringContaining('only its code interpreter')));
    });
  },
);
