/**
 * A commit as one statement: the entry of the journal, and all else only where that could be added. Knows nothing of connections.
 */
import { crc32 } from 'node:zlib'
import { encodeJournalRow } from '../store/journal-row.js'
import type { Commit, StoredImage, StoredTurn } from '../store/store.js'
import type { PostgresValue } from './postgres-driver.js'
import { ENTRY } from './migrate.js'
import type { BackRun } from './settle-run.js'

export interface CommitStatement {
  readonly sql: string
  readonly values: readonly PostgresValue[]
}

export interface CommitParts {
  /** The schema, as SQL writes it. */
  readonly schema: string
  readonly run: BackRun
  readonly commit: Commit
  readonly row: Uint8Array
  /** Entries of the journal that are not needed any more. */
  readonly dead: readonly number[]
  /** Turns that are copied out of the journal. */
  readonly carried: readonly StoredTurn[]
  /** The number of a channel's last turn, with those of the commit. */
  readonly lastNumber: (channelId: string) => number
}

/** It gives one row with `added`: 0 where the entry's place was taken, and then it has done nothing. */
export function commitStatement(parts: CommitParts): CommitStatement {
  const { schema: s, run, commit, row, dead, carried } = parts
  const values: PostgresValue[] = []
  const value = (given: PostgresValue, type: string): string => `$${values.push(given)}::${type}`
  const back = value(run.backId, 'text')
  const steps = [
    `added AS (INSERT INTO ${s}.journal (back, seq, run, kind, bytes) VALUES (${back}, ${value(commit.seq, 'bigint')}, ${value(run.incarnation, 'text')}, ${ENTRY.commit}, ${value(row, 'bytea')}) ON CONFLICT DO NOTHING RETURNING 1)`,
  ]
  const step = (sql: string): number => steps.push(`s${steps.length} AS (${sql})`)
  const arrays = (columns: readonly (readonly [name: string, type: string, list: PostgresValue])[]): string =>
    `unnest(${columns.map(([, type, list]) => value(list, `${type}[]`)).join(', ')}) AS t (${columns.map(([name]) => name).join(', ')})`

  const changes = changesOf(parts)
  if (changes.length > 0) step(channelUpdate(s, arrays, changes))
  if (dead.length > 0) {
    step(
      `DELETE FROM ${s}.journal WHERE back = ${back} AND seq = ANY (${value(dead, 'bigint[]')}) AND EXISTS (SELECT FROM added)`,
    )
  }
  if (carried.length > 0) {
    const from = arrays([
      ['channel', 'text', carried.map(({ channelId }) => channelId)],
      ['number', 'bigint', carried.map(({ number }) => number)],
      ['bytes', 'bytea', carried.map((turn) => encodeJournalRow([turn]))],
    ])
    step(`INSERT INTO ${s}.carried SELECT t.* FROM added, ${from} ON CONFLICT DO NOTHING`)
  }
  if (commit.images.length > 0) {
    const from = arrays([
      ['channel', 'text', commit.images.map(({ channelId }) => channelId)],
      ['number', 'bigint', commit.images.map(({ number }) => number)],
    ])
    step(`DELETE FROM ${s}.carried c USING added, ${from} WHERE c.channel = t.channel AND c.number <= t.number`)
  }
  addInboxSteps(s, commit, step, arrays)
  const { succeeded = [] } = commit
  if (succeeded.length > 0) {
    const from = arrays([
      ['channel', 'text', succeeded.map(({ channelId }) => channelId)],
      ['what', 'text', succeeded.map(({ what }) => what)],
    ])
    step(`DELETE FROM ${s}.attempt a USING added, ${from} WHERE a.channel = t.channel AND a.what = t.what`)
  }
  return { sql: `WITH ${steps.join(', ')} SELECT count(*)::int AS added FROM added`, values }
}

type Arrays = (columns: readonly (readonly [name: string, type: string, list: PostgresValue])[]) => string

/** What changes in the row of a channel: once for each channel, because a row can be changed once in a statement. */
interface ChannelChange {
  readonly channelId: string
  epoch: number
  image: StoredImage | null
  setsDue: boolean
  dueAt: number | null
  isReleased: boolean
  /** The back that it is handed over to. */
  to: string | null
}

function changesOf({ commit, lastNumber }: CommitParts): ChannelChange[] {
  const changes = new Map<string, ChannelChange>()
  const changeOf = (channelId: string, epoch: number): ChannelChange => {
    const known = changes.get(channelId)
    if (known !== undefined) return known
    const made = { channelId, epoch, image: null, setsDue: false, dueAt: null, isReleased: false, to: null }
    changes.set(channelId, made)
    return made
  }
  for (const { channelId, epoch, dueAt } of commit.turns) {
    if (dueAt !== undefined) Object.assign(changeOf(channelId, epoch), { setsDue: true, dueAt })
  }
  for (const image of commit.images) {
    const change = changeOf(image.channelId, image.epoch)
    change.image = image
    if (image.number >= lastNumber(image.channelId)) Object.assign(change, { setsDue: true, dueAt: image.dueAt })
  }
  for (const { channelId, epoch, to = null } of commit.released ?? [])
    Object.assign(changeOf(channelId, epoch), { isReleased: true, to })
  return [...changes.values()]
}

function channelUpdate(s: string, arrays: Arrays, changes: readonly ChannelChange[]): string {
  const of = <T extends PostgresValue>(pick: (change: ChannelChange) => T): PostgresValue => changes.map(pick) as never
  const from = arrays([
    ['id', 'text', of(({ channelId }) => channelId)],
    ['epoch', 'bigint', of(({ epoch }) => epoch)],
    ['sets_due', 'boolean', of(({ setsDue }) => setsDue)],
    ['due_at', 'float8', of(({ dueAt }) => dueAt)],
    ['releases', 'boolean', of(({ isReleased }) => isReleased)],
    ['goes_to', 'text', of(({ to }) => to)],
    ['number', 'bigint', of(({ image }) => image?.number ?? null)],
    ['image_due', 'float8', of(({ image }) => image?.dueAt ?? null)],
    ['version', 'int', of(({ image }) => image?.stateVersion ?? null)],
    ['stored_at', 'float8', of(({ image }) => image?.storedAt ?? null)],
    ['checksum', 'bigint', of(({ image }) => (image ? crc32(image.bytes) : null))],
    ['image', 'bytea', of(({ image }) => image?.bytes ?? null)],
  ])
  const kept = (column: string, own = column): string =>
    `${column} = CASE WHEN t.number IS NULL THEN c.${column} ELSE t.${own} END`
  return `UPDATE ${s}.channel c SET
    due_at = CASE WHEN t.sets_due THEN t.due_at ELSE c.due_at END,
    back = CASE WHEN t.releases THEN NULL ELSE c.back END, run = CASE WHEN t.releases THEN NULL ELSE c.run END,
    move_to = CASE WHEN t.releases THEN NULL ELSE c.move_to END, reserved_for = t.goes_to,
    is_released = t.releases, is_rewound = c.is_rewound AND t.number IS NULL,
    ${kept('image_number', 'number')}, ${kept('image_epoch', 'epoch')}, ${kept('image_due')}, ${kept('state_version', 'version')},
    ${kept('stored_at')}, ${kept('checksum')}, ${kept('image')}
    FROM added, ${from} WHERE c.id = t.id AND c.epoch = t.epoch`
}

function addInboxSteps(s: string, { handled = [] }: Commit, step: (sql: string) => number, arrays: Arrays): void {
  if (handled.length === 0) return
  const from = arrays([
    ['channel', 'text', handled.map(({ channelId }) => channelId)],
    ['id', 'bigint', handled.map(({ id }) => id)],
    ['refused', 'text', handled.map(({ refused }) => refused)],
  ])
  const gone = step(
    `DELETE FROM ${s}.inbox i USING added, ${from} WHERE i.channel = t.channel AND i.id = t.id RETURNING i.*, t.refused`,
  )
  step(
    `INSERT INTO ${s}.rejected (channel, id, message, payload, reason) SELECT channel, id, message, payload, refused FROM s${gone - 1} WHERE refused IS NOT NULL`,
  )
}
