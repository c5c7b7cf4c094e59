/**
 * Which definitions take a broadcast: checked once for each, so that one that does not fit costs no more with many channels open. Knows
 * nothing of channels.
 */
import type { App } from '../channel/app.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import type { StandardSchema } from '../channel/standard-schema.js'
import type { Identity } from '../protocol/master-frames.js'
import type { BackLimits } from './back-limits.js'
import type { ChannelCounts } from './channel-counts.js'
import type { ChannelRoom } from './channel-room.js'
import type { Log } from '../runtime/runtime.js'
import { checkValue, logSchemaFailure } from './check-value.js'
import { decodePayload, UnreadablePayload } from './decode-payload.js'
import { isPromise } from './keyed-task-queue.js'

interface TakersHost {
  readonly app: App
  readonly room: ChannelRoom
  readonly limits: BackLimits
  readonly counts: ChannelCounts
  readonly log: Log
}

/** Throws an `UnreadablePayload`. */
export function broadcastTakers(
  { app, room, limits, counts, log }: TakersHost,
  { senderKind }: Identity,
  name: string,
  payload: Uint8Array,
): ReadonlySet<ChannelContract> {
  const takers = new Set<ChannelContract>()
  for (const { contract } of app.channels.values()) {
    const message = contract.messages.get(name)
    if (message?.kind !== 'broadcastable' && !(message?.kind === 'internal' && senderKind !== 'client')) continue
    if (!room.has(contract) || takers.has(contract)) continue
    if (isTaken(message.schema, name, payload, limits, log)) takers.add(contract)
    else counts.refused++
  }
  return takers
}

/** What an asynchronous schema says comes later, in each channel. */
function isTaken(schema: StandardSchema, name: string, payload: Uint8Array, limits: BackLimits, log: Log): boolean {
  try {
    const checked: unknown = checkValue(schema, decodePayload(payload, limits), `message '${name}'`)
    if (isPromise(checked)) checked.catch(() => undefined)
    return true
  } catch (error) {
    if (error instanceof UnreadablePayload) throw error
    logSchemaFailure(log, error)
    return false
  }
}
