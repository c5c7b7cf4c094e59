/** `centrum cluster`: looks at a cluster that lives in PostgreSQL, and steers it. */
import { didYouMean } from '../options/closest-name.js'
import { SWITCH, TEXT } from '../options/option-kinds.js'
import { POSTGRES_OPTIONS } from '../postgres/postgres-options.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { CLUSTER_ACTIONS, type ClusterAction, type ClusterFlag } from './cluster-actions.js'
import { defineCommand } from './command.js'
import { UsageError } from './usage-error.js'

export const clusterCommand = defineCommand(
  {
    name: 'cluster',
    summary: 'look at a cluster in PostgreSQL, and steer it',
    usage: `<${Object.keys(CLUSTER_ACTIONS).join('|')}> [channel, back, pattern or role]`,
    description: [
      'Writes text, or with --json one document.',
      'status lists the backs: where they are, what they take, how many channels they have, and whether they hold their place; and the channels that were faulted. channels lists channels with their owners, or those that a pattern fits. cordon has a back take no more channels, and uncordon lets it take some again. move has the owner of a channel hand it over to a back, and drain has a back hand over all that it has: state, sessions and timers go along, no socket closes, and the command ends when that is done.',
      'fault --clear lets a channel open again whose owners died of it. rejected lists what the database sent by centrum.send and no channel took, with the reason; --retry sends it again, --drop forgets it: by number, channel or pattern. grants prints the SQL that lets the role of fronts read who is there and nothing else, or with --sender the one that lets a role call centrum.send. migrate makes the tables, which the first back does as well.',
    ],
    examples: [
      ['centrum cluster status --cluster postgres://db.internal/app', 'backs, and what is wrong'],
      ["centrum cluster channels 'auction/*' --json", 'of the cluster in CENTRUM_CLUSTER'],
      ['centrum cluster move auction/7 back-2', 'one channel'],
      ["centrum cluster rejected 'account/*' --retry", 'after the mistake was mended'],
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
      json: { ...SWITCH, description: 'Writes one JSON document, on one line.' },
      clear: { ...SWITCH, description: 'Of fault: lets the channel open again.' },
      retry: { ...SWITCH, description: 'Of rejected: sends what is listed again.' },
      drop: { ...SWITCH, description: 'Of rejected: forgets what is listed.' },
      sender: { ...SWITCH, description: 'Of grants: for a role that sends to channels.' },
    },
    limits: {},
  },
  async ({ terminal, values, args: [name = '', object = '', ...more] }) => {
    const { run } = actionOf(name, object, more)
    const flags = flagsOf(name, values)
    const [target = ''] = more
    const runtime = nodeRuntime({ logLevel: 'silent' })
    // It links to no master, and so needs none of the cluster's own.
    const key = runtime.random.bytes(32)
    const { postgresCluster } = await import('../postgres/postgres-cluster.js')
    const cluster = postgresCluster({ url: urlOf(values.cluster), schema: values.schema, key, runtime })
    try {
      const { json, lines } = await run({ cluster, object, target, schema: values.schema, flags })
      terminal.say(values.json ? JSON.stringify(json) : lines.join('\n'))
      return 0
    } finally {
      await cluster.close()
    }
  },
)

/** Which flags go with which action. */
const FLAGS: Readonly<Record<ClusterFlag, string>> = {
  clear: 'fault',
  retry: 'rejected',
  drop: 'rejected',
  sender: 'grants',
}

function flagsOf(name: string, values: Readonly<Record<ClusterFlag, boolean>>): ReadonlySet<ClusterFlag> {
  const given = (Object.keys(FLAGS) as ClusterFlag[]).filter((flag) => values[flag])
  for (const flag of given) {
    if (FLAGS[flag] !== name) throw new UsageError(`--${flag} belongs to centrum cluster ${FLAGS[flag]}.`)
  }
  if (given.includes('retry') && given.includes('drop')) throw new UsageError('--retry and --drop are given. Keep one.')
  return new Set(given)
}

function actionOf(name: string, object: string, more: readonly string[]): ClusterAction {
  const names = Object.keys(CLUSTER_ACTIONS)
  const action = Object.hasOwn(CLUSTER_ACTIONS, name) ? CLUSTER_ACTIONS[name] : undefined
  if (action === undefined) {
    const problem = name === '' ? 'What is to be done is missing.' : `'${name}' is nothing that centrum cluster does.`
    throw new UsageError(`${problem} There are: ${names.join(', ')}.${didYouMean(name, names)}`)
  }
  const { takes, hasTarget = false } = action
  if (takes !== undefined && !takes.endsWith('?') && object === '') {
    throw new UsageError(`The ${takes} is missing: centrum cluster ${name} <${takes}>${hasTarget ? ' <back>' : ''}.`)
  }
  if (hasTarget && more[0] === undefined)
    throw new UsageError(`The back is missing: centrum cluster ${name} ${object} <back>.`)
  const tooMuch = takes === undefined ? object : more[hasTarget ? 1 : 0]
  if (tooMuch) throw new UsageError(`'${tooMuch}' is too much.`)
  return action
}

function urlOf(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url)) return url
  throw new UsageError(
    '--cluster must be a URL such as postgres://db.internal/app. A list in a file has no status to ask for.',
  )
}
