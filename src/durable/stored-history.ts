/**
 * What a store keeps of a channel, read: the image as it is behind the last turn, and the turns that lead there from the keyframe of its
 * state. Knows nothing of stores and of how state is encoded.
 */
import { sameOrigin } from '../protocol/origin.js'
import { DecodeError } from '../value/decode-error.js'
import type { ChannelImage, position } from './channel-image.js'
import { decodeImage, decodeRecord } from './stored-format.js'
import type { TurnRecord } from './turn-record.js'

export interface StoredHistory {
  /** As of the last turn, but for its keyframe: the state as of `turns[0].previous` is what that holds. */
  readonly image: ChannelImage
  /** Those behind the keyframe that made a version, in order. */
  readonly turns: readonly VersionedTurn[]
  /** What leads from the keyframe of its memory to the last turn. */
  readonly memoryPatches: readonly Uint8Array[]
}

export type VersionedTurn = Pick<TurnRecord, 'previous' | 'version' | 'patch' | 'events'>

/** Throws a `DecodeError` for what is damaged, of a later format, or does not belong together. */
export function readHistory(image: Uint8Array, records: readonly Uint8Array[]): StoredHistory {
  return advance(decodeImage(image), records.map(decodeRecord))
}

/** An image with the records behind it. Throws a `DecodeError` where they do not follow. */
export function advance(image: ChannelImage, records: readonly TurnRecord[]): StoredHistory {
  const sessions = new Map(image.sessions.map((session) => [session.serial, session]))
  const timers = new Map(image.timers.map((timer) => [timer.id, timer]))
  const outbox = new Map(image.outbox.map((entry) => [entry.serial, entry]))
  const marks = new Map(image.peerMarks.map((mark) => [mark.sender, mark]))
  const turns: VersionedTurn[] = []
  let last: Pick<TurnRecord, keyof typeof position> = image
  for (const record of records) {
    const { origin, previous, version } = record
    if (!sameOrigin(origin, last.origin) || previous !== last.version || version < previous)
      throw new DecodeError(`a turn from version ${previous} to ${version} follows version ${last.version}`)
    if (version > previous) turns.push(record)
    apply(sessions, record.sessions, ({ serial }) => serial, record.disconnected)
    apply(timers, record.timerChanges.set, ({ id }) => id, record.timerChanges.removed)
    apply(outbox, record.outboxChanges.added, (entry) => entry.serial, record.outboxChanges.removed)
    // Those that moved last stand last.
    for (const { sender } of record.peerMarks) marks.delete(sender)
    for (const mark of record.peerMarks) marks.set(mark.sender, mark)
    last = record
  }
  const { origin, version, serial, now, tick, random, timerSerial, outboxSerial, summary } = last
  const { state, memory, attachment } = image
  const parts = {
    state,
    memory,
    attachment,
    timers: [...timers.values()],
    sessions: [...sessions.values()],
    outbox: [...outbox.values()],
    peerMarks: [...marks.values()],
  }
  return {
    image: { origin, version, serial, now, tick, random, timerSerial, outboxSerial, summary, ...parts },
    turns,
    memoryPatches: records.flatMap(({ memoryPatch }) => memoryPatch ?? []),
  }
}

function apply<T>(
  known: Map<number, T>,
  changed: readonly T[],
  keyOf: (each: T) => number,
  gone: readonly number[],
): void {
  for (const each of changed) known.set(keyOf(each), each)
  for (const key of gone) known.delete(key)
}
