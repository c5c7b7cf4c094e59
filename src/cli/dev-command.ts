/** `centrum dev`: a whole cluster on this machine, without a configuration, restarted when the source changes. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { CHOICE, FOLDERS, NUMBER, SWITCH } from '../options/option-kinds.js'
import { BACK_OPTIONS, FRONT_OPTIONS } from '../run/role-options.js'
import { APP_ARGUMENT, defineCommand, type Surroundings } from './command.js'
import { type DevPlan, planDev, type PlannedMaster } from './dev-plan.js'
import { DevRun, type DevRunMaster } from './dev-run.js'
import { variableOf } from './flags.js'
import { FRONT_FLAGS } from './front-flags.js'
import { ALL_LIMIT_OPTIONS } from './limit-options.js'
import { appPath, isTypeScript } from './load-app.js'
import { LOG_FORMAT_OPTION, LOG_OPTION, runtimeOf } from './role-options.js'
import { SourceWatch } from './source-watch.js'
import { untilStopSignal } from './stop-signals.js'
import { SUPERVISED } from './supervisor.js'
import { UsageError } from './usage-error.js'

/** The most backs, and the most fronts, that one `centrum dev` runs. */
const MASTERS_MAX = 64

export const devCommand = defineCommand(
  {
    name: 'dev',
    summary: 'run an app on this machine, and restart it when a file changes',
    usage: '<app>',
    description: [
      'Runs the backs and fronts of an app as processes on this machine, without any configuration: it makes a key, chooses addresses, and prints where clients connect. If a port is taken, the next free one is used.',
      'When a file changes that the app imports, directly or through other files, all processes restart. Imports by relative paths are followed, packages are not. Ports and key stay the same, so clients reconnect by themselves. A process that crashes is started again, after a wait that grows with each crash.',
      'Channels with a durability are stored below .centrum/, across restarts and between runs. Channels in memory start over at each restart, unless --keep-on-restart is given. If a changed app does not fit its stored channels, the difference is logged; with --fresh those channels start over.',
      'TypeScript is run without type checking: run tsc --noEmit beside it, or rely on your editor.',
      'The output of centrum dev itself goes to stdout; the logs of backs and fronts go to stderr, as text on a terminal and otherwise as JSON lines. Ctrl-C stops everything.',
    ],
    examples: [
      ['centrum dev app.ts', 'one back, one front on http://127.0.0.1:8080'],
      ['centrum dev app.ts --backs 2 --fronts 2', 'channels shared by two backs, clients on ports 8080 and 8081'],
      [
        'centrum dev app.ts --port 3000 --log warn --watch levels',
        'another port, fewer logs, and a restart for each change in levels/',
      ],
    ],
    takes: APP_ARGUMENT,
    options: {
      backs: {
        ...NUMBER,
        min: 1,
        max: MASTERS_MAX,
        unit: 'count',
        default: 1,
        description: 'How many backs to run. They share all channels.',
      },
      fronts: {
        ...NUMBER,
        min: 1,
        max: MASTERS_MAX,
        unit: 'count',
        default: 1,
        description: 'How many fronts to run, each on a port of its own.',
      },
      port: {
        ...FRONT_OPTIONS.port,
        description: 'The port of the first front; the others use the next ones. 0: any free ports.',
      },
      host: FRONT_OPTIONS.host,
      origin: {
        ...FRONT_FLAGS.origin,
        description:
          "An origin whose pages may connect, such as https://my.test; '*' for every page. Pages from this machine (on any port), and from the address they connect to, are always allowed.",
      },
      watch: {
        ...FOLDERS,
        description: 'A further folder to watch, with all files in it.',
      },
      ignore: { ...FOLDERS, description: 'A folder not to watch, even if the app imports files from it.' },
      keepOnRestart: {
        ...BACK_OPTIONS.keepOnRestart,
        description:
          'Whether channels in memory continue, too, after a restart for a change, and when centrum dev is started again.',
      },
      fresh: {
        ...SWITCH,
        description:
          'Whether channels start over if their stored state no longer fits the code. If not given, the difference is logged, as image.differs or image.unreadable.',
      },
      inspector: {
        ...CHOICE,
        choices: ['on', 'off'],
        default: 'on',
        description:
          'Whether to serve a page on this machine that shows the channels, their states, and the patches and events that arrive (centrum inspect).',
      },
      log: LOG_OPTION,
      logFormat: LOG_FORMAT_OPTION,
    },
    limits: ALL_LIMIT_OPTIONS,
  },
  async ({ argument: app, values, limits, terminal, environment }) => {
    appPath(app)
    for (const folder of values.watch) checkFolder(folder)
    const { clock, random } = runtimeOf(values)
    const say = (line: string): void => terminal.say(line)
    const plan = await planDev({ ...values, random, say })
    try {
      const format = values.logFormat === undefined ? [] : ['--log-format', values.logFormat]
      const masterOf = (planned: PlannedMaster): DevRunMaster => ({
        id: planned.id,
        file: process.argv[1] ?? '',
        args: [planned.role, ...planned.args, '--cluster', plan.clusterFile, '--log', values.log, ...format, '--', app],
        environment: {
          ...environmentOf(plan, limits, environment),
          CENTRUM_ORIGIN: values.origin.join(','),
          CENTRUM_KEEP_ON_RESTART: values.keepOnRestart ? '1' : '0',
          CENTRUM_STORED_DIFFERS: values.fresh ? 'begun-anew' : 'logged',
        },
      })
      const run = new DevRun({
        backs: plan.backs.map(masterOf),
        fronts: [...plan.fronts, ...(plan.inspector ? [plan.inspector] : [])].map(masterOf),
        clock,
        say,
      })
      const signalled = untilStopSignal({
        clock,
        endNow(exitCode) {
          run.kill()
          plan.dispose()
          terminal.endNow(exitCode)
        },
      })
      const watch = new SourceWatch({
        app,
        folders: values.watch,
        ignored: values.ignore,
        clock,
        say,
        onChange(paths) {
          say(`${shown(paths)} changed: restarting.`)
          void run.restart()
        },
      })
      say(
        `Starting ${basename(app)}. Watching ${watch.files === 1 ? '1 file' : `${watch.files} files`}${isTypeScript(app) ? '; types are not checked' : ''}. Press Ctrl-C to stop.`,
      )
      run.start()
      await signalled
      watch.close()
      say('Stopping.')
      await run.stop()
      return 0
    } finally {
      plan.dispose()
    }
  },
)

function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  throw new UsageError(`--watch is '${folder}', but that folder does not exist. Name one that exists.`)
}

/** Limits go to the masters as variables: each reads those that are its own. */
function environmentOf(
  { key }: DevPlan,
  limits: Readonly<Record<string, number>>,
  environment: Surroundings['environment'],
): NodeJS.ProcessEnv {
  const variables = Object.entries(limits).map(([name, value]) => [variableOf(name), String(value)] as const)
  return { ...environment, ...Object.fromEntries(variables), CENTRUM_KEY: key, [SUPERVISED]: '1' }
}

function shown([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
