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
    summary: 'inspect and control a dynamic cluster in PostgreSQL',
    usage: `<${Object.keys(CLUSTER_ACTIONS).join('|')}> [channel, back, pattern or role]`,
    description: [
      'Writes text, or with --json one JSON document.',
      'status lists the backs, with their addresses, patterns, number of channels and state, and the faulted channels. channels lists all channels with their owners, or those that match a pattern. cordon keeps a back from taking more channels, and uncordon allows it again. move hands a channel over to another back, and drain hands over all channels of a back: state, sessions and timers go along, no socket closes, and the command ends when this is done.',
      'fault --clear lets a faulted channel open again. rejected lists the messages that centrum.send sent from the database and no channel accepted, with the reason; --retry sends them again and --drop deletes them, selected by number, channel or pattern. grants prints the SQL that allows a database role to run fronts and nothing else, or, with --sender, to call centrum.send. migrate creates or updates the tables, as the first back does by itself.',
    ],
    examples: [
      ['centrum cluster status --cluster postgres://db.internal/app', 'the backs, and what is wrong'],
      ["centrum cluster channels 'auction/*' --json", 'channels of the cluster in CENTRUM_CLUSTER'],
      ['centrum cluster move auction/7 back-2', 'move one channel'],
      ["centrum cluster rejected 'account/*' --retry", 'send rejected messages again, once the cause is fixed'],
    ],
    takes: 'any',
    options: {
      cluster: {
        ...TEXT,
        value: 'url',
        secret: true,
        required: 'Name the database: --cluster postgres://db.internal/app.',
        description:
          "The URL of the primary of the cluster's database. Prefer the variable if the URL contains a password.",
      },
      schema: { ...POSTGRES_OPTIONS.schema, description: "The schema of the cluster's tables." },
      json: { ...SWITCH, description: 'Writes one JSON document, on one line.' },
      clear: { ...SWITCH, description: 'For fault: lets the channel open again.' },
      retry: { ...SWITCH, description: 'For rejected: sends the selected messages again.' },
      drop: { ...SWITCH, description: 'For rejected: deletes the selected messages.' },
      sender: { ...SWITCH, description: 'For grants: prints the SQL for a role that sends to channels.' },
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
  if (given.includes('retry') && given.includes('drop'))
    throw new UsageError('--retry and --drop cannot be combined. Keep one of them.')
  return new Set(given)
}

function actionOf(name: string, object: string, more: readonly string[]): ClusterAction {
  const names = Object.keys(CLUSTER_ACTIONS)
  const action = Object.hasOwn(CLUSTER_ACTIONS, name) ? CLUSTER_ACTIONS[name] : undefined
  if (action === undefined) {
    const problem = name === '' ? 'The action is missing.' : `centrum cluster has no action '${name}'.`
    throw new UsageError(`${problem} The actions are: ${names.join(', ')}.${didYouMean(name, names)}`)
  }
  const { takes, hasTarget = false } = action
  if (takes !== undefined && !takes.endsWith('?') && object === '') {
    throw new UsageError(`The ${takes} is missing: centrum cluster ${name} <${takes}>${hasTarget ? ' <back>' : ''}.`)
  }
  if (hasTarget && more[0] === undefined)
    throw new UsageError(`The back is missing: centrum cluster ${name} ${object} <back>.`)
  const tooMuch = takes === undefined ? object : more[hasTarget ? 1 : 0]
  if (tooMuch) throw new UsageError(`Unexpected argument '${tooMuch}'.`)
  return action
}

function urlOf(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url)) return url
  throw new UsageError(
    '--cluster must be a URL such as postgres://db.internal/app. This command works only with dynamic clusters, not with a file that lists backs.',
  )
}
