/**
 * What a channel opens with, of what was found of it, and what is done where that does not fit its code any more. Knows nothing of stores
 * and of what opens.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import type { StoredChannel } from '../store/store.js'
import type { StoredDiffers } from '../store/stored-differs.js'
import type { Opening } from './pending-opening.js'
import { type NewOwner, restoredOpening } from './restored-opening.js'
import { storedDifference } from './stored-difference.js'

/** A channel that opens. */
export interface FoundChannel {
  readonly id: string
  readonly params: unknown
  readonly contract: ChannelContract
}

/** Throws a `CentrumError` `faulted` for what is not to be begun anew, and logs why. */
export function foundOpening(
  stored: StoredChannel | null,
  channel: FoundChannel,
  owner: NewOwner,
  { differing, log }: { readonly differing: StoredDiffers; readonly log: Log },
): Opening {
  const beginAnew = (difference: string): Opening => {
    log.warn('image.dropped', { difference })
    return { epoch: owner.epoch, origin: owner.newOrigin() }
  }
  const { stateVersion } = channel.contract
  const storedVersion = stored?.image?.stateVersion ?? stateVersion
  if (differing === 'begun-anew' && storedVersion > stateVersion)
    return beginAnew(`it was stored under stateVersion ${storedVersion}, and the definition has ${stateVersion}`)
  try {
    const opening = restoredOpening(stored, channel.contract, owner)
    const difference = differing === 'ignored' ? null : differenceOf(opening, channel)
    if (difference !== null && differing === 'begun-anew') return beginAnew(difference)
    if (difference !== null) log.warn('image.differs', { difference })
    return opening
  } catch (error) {
    if (!(error instanceof CentrumError)) throw error
    if (differing === 'begun-anew') return beginAnew(error.message)
    const { cause } = error
    const fields = { reason: error.message, ...(cause instanceof Error && { error: cause.stack ?? cause.message }) }
    log.error('image.unreadable', fields)
    throw error
  }
}

/** Null where nothing differs, or cannot be known. */
function differenceOf(
  { image, turns = [], memoryPatches = [], migrated }: Opening,
  channel: FoundChannel,
): string | null {
  if (image === undefined) return null
  const { id, params, contract } = channel
  const patches = turns.flatMap(({ patch }) => patch ?? [])
  const state = migrated?.state ?? StateEncoder.resume<object>(image.state, patches).state
  const memory = migrated?.memory ?? (image.memory && StateEncoder.resume<object>(image.memory, memoryPatches).state)
  try {
    const difference = storedDifference(state, contract.state({ id, params }))
    if (difference !== null) return difference
    return memory ? storedDifference(memory, contract.memory?.({ id, params }), 'memory') : null
  } catch {
    // The definition's own functions throw: the channel says so where it opens.
    return null
  }
}
