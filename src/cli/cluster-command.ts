/** `centrum cluster`: looks at a cluster that lives in PostgreSQL, and steers it. A line of JSON for each thing. */
import { didYouMean } from '../options/closest-name.js'
import { TEXT } from '../options/option-kinds.js'
import { quoted } from '../postgres/migrate.js'
import { postgresCluster, type PostgresCluster } from '../postgres/postgres-cluster.js'
import { POSTGRES_OPTIONS } from '../postgres/postgres-options.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { defineCommand } from './command.js'
import type { Terminal } from './terminal.js'
import { UsageError } from './usage-error.js'

interface ClusterTask {
  readonly cluster: PostgresCluster
  /** What the action is done to. */
  readonly object: string
  /** The back that gets it. */
  readonly target: string
  readonly schema: string
  readonly say: (line: unknown) => void
}

interface ClusterAction {
  /** What stands behind the action, where something does; with a question mark where it may be left out. */
  readonly takes?: 'back' | 'pattern?' | 'role' | 'channel'
  /** Whether a back stands behind that. */
  readonly hasTarget?: true
  readonly run: (task: ClusterTask) => Promise<void>
}

const ACTIONS: Readonly<Record<string, ClusterAction>> = {
  status: {
    async run({ cluster, say }) {
      for (const back of await cluster.backs()) say(back)
    },
  },
  channels: {
    takes: 'pattern?',
    async run({ cluster, object, say }) {
      for (const channel of await cluster.channels(object === '' ? {} : { pattern: object })) say(channel)
    },
  },
  cordon: {
    takes: 'back',
    async run({ cluster, object, say }) {
      await cluster.cordon(object)
      say({ cordoned: object })
    },
  },
  uncordon: {
    takes: 'back',
    async run({ cluster, object, say }) {
      await cluster.uncordon(object)
      say({ uncordoned: object })
    },
  },
  move: {
    takes: 'channel',
    hasTarget: true,
    async run({ cluster, object, target, say }) {
      await cluster.move(object, target)
      say({ moved: object, to: target })
    },
  },
  drain: {
    takes: 'back',
    async run({ cluster, object, say }) {
      await cluster.drain(object)
      say({ drained: object })
    },
  },
  grants: {
    takes: 'role',
    async run({ schema, object, say }) {
      for (const grant of grantsOf(schema, object)) say(grant)
    },
  },
  migrate: {
    async run({ cluster, say }) {
      await cluster.migrate()
      say({ migrated: true })
    },
  },
}

export const clusterCommand = defineCommand(
  {
    name: 'cluster',
    summary: 'look at a cluster in PostgreSQL, and steer it',
    usage: '<status|channels|move|drain|cordon|uncordon|grants|migrate> [channel, back, pattern or role]',
    description: [
      'Writes JSON, a line for each back or channel.',
      'status lists the backs: where they are, what they take, how many channels they have, and whether they hold their place. channels lists channels with their owners, or those that a pattern fits. cordon has a back take no more channels, and uncordon lets it take some again. move has the owner of a channel hand it over to a back, and drain has a back hand over all that it has: state, sessions and timers go along, no socket closes, and the command ends when that is done. grants prints the SQL that lets a role, such as that of fronts, read who is there and nothing else. migrate makes the tables, which the first back does as well.',
    ],
    examples: [
      ['centrum cluster status --cluster postgres://db.internal/app', 'every back, one a line'],
      ["centrum cluster channels 'auction/*'", 'of the cluster in CENTRUM_CLUSTER'],
      ['centrum cluster move auction/7 back-2', 'one channel'],
    ],
    takes: 'any',
    options: {
      cluster: {
        ...TEXT,
        value: 'url',
        secret: true,
        required: 'Name the database: --cluster postgres://db.internal/app.',
        description: 'The database of the cluster: its primary. Prefer the variable where the URL holds a password.',
      },
      schema: { ...POSTGRES_OPTIONS.schema, description: 'The schema of its tables.' },
    },
    limits: {},
  },
  async ({ terminal, values, args: [name = '', object = '', ...more] }) => {
    const { run } = actionOf(name, object, more)
    const [target = ''] = more
    const runtime = nodeRuntime({ logLevel: 'silent' })
    // It links to no master, and so needs none of the cluster's own.
    const key = runtime.random.bytes(32)
    const cluster = postgresCluster({ url: urlOf(values.cluster), schema: values.schema, key, runtime })
    try {
      await run({ cluster, object, target, schema: values.schema, say: sayTo(terminal) })
      return 0
    } finally {
      await cluster.close()
    }
  },
)

function actionOf(name: string, object: string, more: readonly string[]): ClusterAction {
  const names = Object.keys(ACTIONS)
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined) {
    const problem = name === '' ? 'What is to be done is missing.' : `'${name}' is nothing that centrum cluster does.`
    throw new UsageError(`${problem} There are: ${names.join(', ')}.${didYouMean(name, names)}`)
  }
  const { takes, hasTarget = false } = action
  if (takes !== undefined && takes !== 'pattern?' && object === '') {
    throw new UsageError(`The ${takes} is missing: centrum cluster ${name} <${takes}>${hasTarget ? ' <back>' : ''}.`)
  }
  if (hasTarget && more[0] === undefined)
    throw new UsageError(`The back is missing: centrum cluster ${name} ${object} <back>.`)
  const tooMuch = takes === undefined ? object : more[hasTarget ? 1 : 0]
  if (tooMuch) throw new UsageError(`'${tooMuch}' is too much.`)
  return action
}

/** For fronts: they read the directory, and reach no journal. */
function grantsOf(schema: string, role: string): string[] {
  const [s, to] = [quoted(schema), quoted(role)]
  return [
    `GRANT USAGE ON SCHEMA ${s} TO ${to};`,
    `GRANT SELECT ON ${['cluster', 'back', 'channel'].map((table) => `${s}.${table}`).join(', ')} TO ${to};`,
  ]
}

function urlOf(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url)) return url
  throw new UsageError(
    '--cluster must be a URL such as postgres://db.internal/app. A list in a file has no status to ask for.',
  )
}

function sayTo(terminal: Terminal): (line: unknown) => void {
  return (line) => terminal.say(typeof line === 'string' ? line : JSON.stringify(line))
}
