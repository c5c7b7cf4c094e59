/** What `centrum cluster` does, by name: each gives what it found or did, and how a person reads it. Knows no terminal. */
import { quoted } from '../postgres/migrate.js'
import type { KeptMessage } from '../postgres/cluster-operations.js'
import type { PostgresCluster } from '../postgres/postgres-cluster.js'
import { textTable } from './text-table.js'
import { UsageError } from './usage-error.js'

export interface ClusterTask {
  readonly cluster: PostgresCluster
  /** What the action is done to. */
  readonly object: string
  /** The back that gets it. */
  readonly target: string
  readonly schema: string
  readonly flags: ReadonlySet<ClusterFlag>
}

/** Flags that say what is done. */
export type ClusterFlag = 'clear' | 'retry' | 'drop' | 'sender'

/** What an action found or did. */
export interface ClusterAnswer {
  /** As JSON. */
  readonly json: unknown
  /** For a person. */
  readonly lines: readonly string[]
}

export interface ClusterAction {
  /** What stands behind the action, where something does; with a question mark where it may be left out. */
  readonly takes?: 'back' | 'pattern?' | 'role' | 'channel' | 'pattern or number?'
  /** Whether a back stands behind that. */
  readonly hasTarget?: true
  readonly run: (task: ClusterTask) => Promise<ClusterAnswer>
}

export const CLUSTER_ACTIONS: Readonly<Record<string, ClusterAction>> = {
  status: { run: status },
  channels: {
    takes: 'pattern?',
    async run({ cluster, object }) {
      const channels = await cluster.channels(object === '' ? {} : { pattern: object })
      const rows = channels.map(({ id, owner, epoch, links, summary, fault }) => {
        const summarized = summary === null ? '' : JSON.stringify(summary)
        return [id, fault === null ? (owner ?? '-') : 'faulted', `${epoch}`, `${links ?? '?'}`, summarized]
      })
      return { json: channels, lines: textTable(['CHANNEL', 'OWNER', 'EPOCH', 'LINKS', 'SUMMARY'], rows) }
    },
  },
  cordon: {
    takes: 'back',
    async run({ cluster, object }) {
      await cluster.cordon(object)
      return { json: { cordoned: object }, lines: [`'${object}' takes no more channels, and keeps those it has.`] }
    },
  },
  uncordon: {
    takes: 'back',
    async run({ cluster, object }) {
      await cluster.uncordon(object)
      return { json: { uncordoned: object }, lines: [`'${object}' takes channels again.`] }
    },
  },
  move: {
    takes: 'channel',
    hasTarget: true,
    async run({ cluster, object, target }) {
      await cluster.move(object, target)
      return { json: { moved: object, to: target }, lines: [`'${object}' has moved to '${target}'.`] }
    },
  },
  drain: {
    takes: 'back',
    async run({ cluster, object }) {
      await cluster.drain(object)
      return { json: { drained: object }, lines: [`'${object}' has handed over its channels, and takes no more.`] }
    },
  },
  fault: {
    takes: 'channel',
    async run({ cluster, object, flags }) {
      if (!flags.has('clear')) throw new UsageError(`--clear is missing: centrum cluster fault --clear ${object}.`)
      const wasFaulted = await cluster.clearFault(object)
      const line = wasFaulted ? `'${object}' can open again.` : `'${object}' was not faulted.`
      return { json: { channel: object, wasFaulted }, lines: [line] }
    },
  },
  rejected: { takes: 'pattern or number?', run: rejected },
  grants: {
    takes: 'role',
    async run({ schema, object, flags }) {
      const grants = grantsOf(schema, object, flags.has('sender'))
      return { json: grants, lines: grants }
    },
  },
  migrate: {
    async run({ cluster }) {
      await cluster.migrate()
      return { json: { migrated: true }, lines: ['The tables are up to date with this version of centrum.'] }
    },
  },
}

async function status({ cluster }: ClusterTask): Promise<ClusterAnswer> {
  const backs = await cluster.backs()
  const faulted = await cluster.channels({ faulted: true })
  const refused = await cluster.rejected()
  const rows = backs.map(({ id, address, channelCount, isHeld, isDraining, isCordoned, channels }) => {
    const state = isDraining ? 'draining' : isCordoned ? 'cordoned' : isHeld ? 'serving' : 'missed'
    return [id, address, `${channelCount}`, state, channels.join(' ')]
  })
  const faults = faulted.map(({ id, fault, faultAt }) => [id, timeOf(faultAt ?? 0), fault ?? ''])
  return {
    json: { backs, faulted, rejected: refused.length },
    lines: [
      ...(rows.length === 0
        ? ['The cluster has no back.']
        : textTable(['BACK', 'ADDRESS', 'CHANNELS', 'STATE', 'PATTERNS'], rows)),
      ...(faults.length === 0 ? [] : ['', ...textTable(['FAULTED', 'SINCE', 'WHY'], faults)]),
      ...(refused.length === 0
        ? []
        : ['', `Rejected messages: ${refused.length}. centrum cluster rejected lists them.`]),
    ],
  }
}

async function rejected({ cluster, object, flags }: ClusterTask): Promise<ClusterAnswer> {
  const isNumber = /^\d+$/.test(object)
  const all = await cluster.rejected(object === '' || isNumber ? {} : { pattern: object })
  const found = isNumber ? all.filter(({ id }) => id === Number(object)) : all
  const ids = found.map(({ id }) => id)
  if (!flags.has('retry') && !flags.has('drop')) return { json: found, lines: rejectedLines(found) }
  if (object === '')
    throw new UsageError('Say which messages: by number, by channel, or by a pattern such as account/*.')
  const done = flags.has('retry') ? 'retried' : 'dropped'
  const count = await (done === 'retried' ? cluster.retryRejected(ids) : cluster.dropRejected(ids))
  return { json: { [done]: count }, lines: [`${count} ${count === 1 ? 'message was' : 'messages were'} ${done}.`] }
}

function rejectedLines(messages: readonly KeptMessage[]): string[] {
  if (messages.length === 0) return ['No message was rejected.']
  const rows = messages.map(({ id, at, channel, message, payload, reason }) => [
    `${id}`,
    timeOf(at),
    channel,
    message,
    shortened(payload === undefined ? '' : JSON.stringify(payload)),
    reason,
  ])
  return textTable(['NUMBER', 'AT', 'CHANNEL', 'MESSAGE', 'PAYLOAD', 'WHY'], rows)
}

/** Characters of a payload that are shown. */
const PAYLOAD_SHOWN = 40

function shortened(text: string): string {
  return text.length <= PAYLOAD_SHOWN ? text : `${text.slice(0, PAYLOAD_SHOWN - 1)}…`
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** For fronts: they read who is there and who has what, say that they are there and whom they miss, and see no state, no journal and no message. Or for who sends to channels. */
function grantsOf(schema: string, role: string, isSender: boolean): string[] {
  const [s, to] = [quoted(schema), quoted(role)]
  const usage = `GRANT USAGE ON SCHEMA ${s} TO ${to};`
  if (isSender) return [usage, `GRANT EXECUTE ON FUNCTION ${s}.send(text, text, json) TO ${to};`]
  return [
    usage,
    `GRANT SELECT ON ${s}.cluster, ${s}.back TO ${to};`,
    `GRANT SELECT (id, epoch, back, run, move_to, reserved_for, links, summary, fault, fault_at) ON ${s}.channel TO ${to};`,
    `GRANT SELECT (back, seq, run, kind) ON ${s}.journal TO ${to};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${s}.front, ${s}.suspicion TO ${to};`,
  ]
}
