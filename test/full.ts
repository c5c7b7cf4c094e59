/**
 * `npm run test:full`: what takes longer than `npm test` may, step by step, each with its time, within half an hour on two processors.
 * `npm run test:full -- mutants seeds` runs the steps whose names contain one of the words. All steps run, whatever fails.
 */
import { type JobResult, runProcess } from './runner/process-job.js'
import { ensureChromium } from './support/chromium.js'
import { ensurePostgres } from './support/postgres-server.js'

interface Step {
  readonly name: string
  /** What it shows that `npm test` does not. */
  readonly why: string
  /** It keeps the processors busy by itself; of the others two run side by side. */
  readonly alone?: true
  /** Run at the same time; each is a program with its arguments. */
  readonly commands: readonly (readonly string[])[]
}

/** Past it something stands still. */
const MINUTES_MAX = 55
const AT_ONCE = 2
/** What half an hour leaves for seeds, in each of two processes. */
const SEEDS = '10'

/** Parts of the paths of test files. */
const IN_PROCESSES = ['contract/', 'system/']
const ON_OTHER_NODES = ['unit/', ...IN_PROCESSES]

const OTHER_NODES = [20, 22, 24, 26].filter((major) => !process.versions.node.startsWith(`${major}.`))

const SCRIPT = ['node', '--import', 'tsx']
const SIMULATE = [...SCRIPT, 'test/simulation/simulate.ts']

/** What depends on the engine most, on another Node: what a page or the simulation does was seen on this one. Between two others processes are enough. */
function testsOn(major: number): Step {
  return {
    name: `node ${major}`,
    why: 'engines differ',
    alone: true,
    commands: [
      [
        'npx',
        '--yes',
        '-p',
        `node@${major}`,
        '--',
        'npm',
        'test',
        '--',
        '--no-checks',
        ...(major === 24 ? IN_PROCESSES : ON_OTHER_NODES),
      ],
    ],
  }
}

/** The Node that all of this runs on is among those of 'processes'. */
function readmeOn(major: number): Step {
  const run = [...SCRIPT, 'test/runner/test-process.ts', 'test/processes/readme.test.ts']
  return {
    name: `readme on node ${major}`,
    why: 'the README runs from an empty folder, with the packed package',
    commands: [['npx', '--yes', '-p', `node@${major}`, '--', ...run]],
  }
}

const INIT = [...SCRIPT, 'test/runner/test-process.ts', 'test/full/init.test.ts']

/** What a new user does next, which installs more and needs a browser. */
function initOn(version: string, templates: string): Step {
  const run = ['env', 'TEST_SECONDS_MAX=900', `INIT_TEMPLATES=${templates}`, ...INIT]
  return {
    name: `init on node ${version}`,
    why: 'a new app installs, type-checks, tests, builds and starts, and its page works',
    commands: [['npx', '--yes', '-p', `node@${version}`, '--', ...run]],
  }
}

/** The longest first. */
const STEPS: readonly Step[] = [
  {
    name: 'mutants',
    why: 'the simulation finds each deliberate break of the system',
    commands: [[...SIMULATE, '--mutants']],
  },
  initOn('20.19.0', 'plain,react,game'),
  initOn('22', 'plain'),
  initOn('24', 'plain,react'),
  {
    name: 'init with vue and svelte',
    why: 'their templates install, type-check with vue-tsc and svelte-check, test, build and start, and their pages work',
    commands: [['env', 'TEST_SECONDS_MAX=900', 'INIT_TEMPLATES=vue,svelte', ...INIT]],
  },
  {
    name: 'bundlers',
    why: 'esbuild, Rollup, Vite, webpack and Next build pages that work; Vitest, Jest, Bun and Deno run the rest',
    commands: [['env', 'TEST_SECONDS_MAX=900', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/bundlers.test.ts']],
  },
  {
    name: 'tutorials',
    why: 'what the tutorials make step by step checks, passes its tests, builds, and works in a browser',
    commands: [
      ['env', 'TEST_SECONDS_MAX=900', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/tutorials.test.ts'],
    ],
  },
  ...OTHER_NODES.map(readmeOn),
  ...OTHER_NODES.map(testsOn),
  {
    name: 'browser, postgres and processes',
    why: 'pages work in Chromium while what they talk to dies, store and cluster keep their promises on a real PostgreSQL, durable channels theirs through SIGKILL, and the README runs',
    alone: true,
    commands: [['npm', 'test', '--', '--no-checks', 'test/browser/', 'test/postgres/', 'test/processes/']],
  },
  {
    name: 'declarations',
    why: 'a page checks with skipLibCheck: false and without the types of Node, by TypeScript 5.7 and newer',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/declarations.test.ts']],
  },
  {
    name: 'engines',
    why: 'SpiderMonkey, JavaScriptCore and Hermes run what encodes and mirrors state',
    commands: [[...SCRIPT, 'test/engines/state.ts']],
  },
  {
    name: 'living',
    why: 'ten thousand transfers that are committed with a message each, through kills of backs and of PostgreSQL',
    commands: [
      ['env', 'TEST_SECONDS_MAX=1500', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/living-inbox.test.ts'],
    ],
  },
  {
    name: 'learn cluster',
    why: 'the way from one process with a file to two on PostgreSQL, as its document goes it',
    commands: [
      ['env', 'TEST_SECONDS_MAX=600', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/learn-cluster.test.ts'],
    ],
  },
  {
    name: 'soak',
    why: 'a minute in which everything is killed, stopped, drained and moved under 40 clients that pay each other, PostgreSQL too; `npm run soak` takes ten',
    alone: true,
    commands: [[...SCRIPT, 'test/soak/soak.ts', '--minutes', '1', '--clients', '40']],
  },
  {
    name: 'beside',
    why: 'other libraries use the same server as they please: each line of docs/beside.md',
    commands: [[...SCRIPT, 'test/beside/beside.mjs']],
  },
  {
    name: 'python client',
    why: 'docs/protocol.md is enough to write a client in another language (Debian: python3-websockets)',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/python-client.test.ts']],
  },
  {
    name: 'physics',
    why: 'the example with a physics world: to the bit after an orderly restart, from its poses after a crash',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/physics.test.ts']],
  },
  {
    name: 'dev stored',
    why: 'centrum dev keeps channels through changes and between runs, and begins them anew where that is asked for',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/dev-stored.test.ts']],
  },
  {
    name: 'proxies',
    why: 'fronts behind HAProxy and nginx, as docs/operate.md configures them, are restarted and stand still (Debian: haproxy, nginx)',
    alone: true,
    commands: [['env', 'TEST_SECONDS_MAX=600', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/proxies.test.ts']],
  },
  {
    name: 'hidden page',
    why: 'a hidden tab whose timers a real browser holds back stays connected',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/hidden-page.test.ts']],
  },
  {
    name: 'runtimes',
    why: 'servers and clients run on Bun and Deno as docs/operate.md says',
    commands: [['env', 'TEST_SECONDS_MAX=900', ...SCRIPT, 'test/runner/test-process.ts', 'test/full/runtimes.test.ts']],
  },
  {
    name: 'site',
    why: 'the documentation is built, its links lead somewhere, and its pages work in a browser',
    commands: [[...SCRIPT, 'test/runner/test-process.ts', 'test/full/site.test.ts']],
  },
  {
    name: 'seeds',
    why: 'faults come together in more ways than in the seeds of npm test',
    commands: ['1000', '2000'].map((from) => [...SIMULATE, '--from', from, '--count', SEEDS]),
  },
  {
    name: 'fuzz',
    why: 'half a minute of damaged frames for the decoders of both hops; `npm run fuzz` takes ten',
    commands: [
      ['env', 'FUZZ_SECONDS=30', ...SCRIPT, 'test/runner/test-process.ts', 'test/unit/link-decoders-fuzz.test.ts'],
    ],
  },
  {
    name: 'frameworks',
    why: 'what the documents show for Vue, Svelte, Solid, mobx, valtio and the React Compiler is so',
    commands: [[...SCRIPT, 'test/long/frameworks.ts']],
  },
  {
    name: 'embedding',
    why: 'the examples for Express, Fastify and Hono run as they stand',
    commands: [[...SCRIPT, 'test/long/embedding.ts']],
  },
  {
    name: 'state',
    why: 'random programs over state, and damaged bytes, more of them than in npm test',
    commands: ['1', '5001'].map((seed) => [...SCRIPT, 'test/long/state.ts', '--patches', '20000', '--seed', seed]),
  },
]

const words = process.argv.slice(2)
const steps = STEPS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const limit = AbortSignal.timeout(MINUTES_MAX * 60_000)
const start = performance.now()
const failed: string[] = []

if (steps.length === 0) failed.push(`no step's name contains ${words.join(' or ')}`)
await prepare()
const shared = steps.filter(({ alone }) => alone !== true)
await Promise.all(Array.from({ length: AT_ONCE }, () => runAll(shared)))
await runAll(steps.filter(({ alone }) => alone === true))

say(`${steps.length} steps in ${((performance.now() - start) / 60_000).toFixed(1)} minutes.`)
if (failed.length > 0) {
  say(`\nnpm run test:full failed: ${failed.join(', ')}.`)
  process.exitCode = 1
}

/** What is packed and driven is built, and what most steps need is there. */
async function prepare(): Promise<void> {
  const { failure, output } = await runProcess('npm', ['run', '-s', 'build'], { signal: limit })
  if (failure !== null) {
    say(output.trim())
    failed.push('build')
  }
  for (const told of [ensureChromium(), ensurePostgres()]) if (typeof told === 'string') say(told)
}

/** Takes steps until none is left. */
async function runAll(waiting: Step[]): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
    if (!(await passes(step))) failed.push(step.name)
}

/** Of what a step prints, the last line is shown, and all of it where it fails. */
async function passes({ name, why, commands }: Step): Promise<boolean> {
  say(`… ${name}: ${why}`)
  const results = await Promise.all(
    commands.map(([program = '', ...args]) => runProcess(program, args, { signal: limit })),
  )
  const seconds = Math.max(...results.map((result) => result.seconds)).toFixed(0)
  const isGood = results.every(({ failure }) => failure === null)
  for (const result of results) say(result.failure === null ? `    ${lastLine(result)}` : result.output.trim())
  say(`${isGood ? '✔' : '✖'} ${name} (${seconds} s)`)
  return isGood
}

function lastLine({ output }: JobResult): string {
  return output.trimEnd().split('\n').at(-1) ?? ''
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
