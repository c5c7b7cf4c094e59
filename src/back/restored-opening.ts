/**
 * What a channel opens with, of what its store has: the same history goes on, or a new one begins with the state that was stored. Knows
 * nothing of stores and of what opens.
 */
import type { ChannelContract, Migrate } from '../channel/channel-contract.js'
import { readHistory, type StoredHistory } from '../durable/stored-history.js'
import { CentrumError } from '../protocol/errors.js'
import type { Origin } from '../protocol/origin.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import type { StoredChannel, StoredImage } from '../store/store.js'
import type { Opening } from './pending-opening.js'

/** The owner that opens it. */
export interface NewOwner {
  readonly epoch: number
  /** By the wall. */
  readonly now: number
  newOrigin(): Origin
}

/**
 * Throws a `CentrumError` `faulted` for what cannot be read, is of an older `stateVersion` and not migrated, or whose `migrate` throws.
 */
export function restoredOpening(stored: StoredChannel | null, contract: ChannelContract, owner: NewOwner): Opening {
  const { epoch } = owner
  // Of a channel that is stored only where its process ends in good order, an empty image says that it has begun anew since.
  if (!stored?.image || stored.image.bytes.length === 0) return { epoch, origin: owner.newOrigin() }
  if (contract.durability === 'none' && !stored.isReleased) return { epoch, origin: owner.newOrigin() }
  const { image, turns, memoryPatches } = read(stored, stored.image)
  const migrated = migrate(stored.image, { image, turns, memoryPatches }, contract)
  const restored = { turns, memoryPatches, ...(migrated && { migrated }) }
  // What belongs to an older state is of no use to the new one.
  const attachment = migrated ? null : image.attachment
  if (!stored.isRewound && (contract.durability === 'log' || stored.isReleased))
    return { epoch, origin: image.origin, image: { ...image, attachment }, ...restored }
  const imageAgeMs = Math.max(0, Math.round(owner.now - stored.image.storedAt))
  const origin = owner.newOrigin()
  return { epoch, origin, image: { ...image, origin, attachment, sessions: [] }, ...restored, imageAgeMs }
}

function read({ turns }: StoredChannel, { bytes }: StoredImage): StoredHistory {
  try {
    return readHistory(
      bytes,
      turns.map((turn) => turn.bytes),
    )
  } catch (cause) {
    throw faulted('its stored image cannot be read, and is left unchanged', cause)
  }
}

function migrate(
  { stateVersion }: StoredImage,
  { image, turns, memoryPatches }: StoredHistory,
  contract: ChannelContract,
): ReturnType<Migrate> | null {
  if (stateVersion === contract.stateVersion) return null
  const versions = `stateVersion ${stateVersion}, and the definition has ${contract.stateVersion}`
  if (contract.migrate === null) throw faulted(`it was stored under ${versions} and no migrate`)
  const patches = turns.flatMap(({ patch }) => patch ?? [])
  const memory = image.memory && StateEncoder.resume<object>(image.memory, memoryPatches).state
  const old = { state: StateEncoder.resume<object>(image.state, patches).state, memory: memory ?? undefined }
  try {
    const migrated = contract.migrate(old, stateVersion)
    // What cannot be encoded is found here, and not in the first turn.
    new StateEncoder(migrated.state, { shape: contract.shape ?? undefined })
    if (migrated.memory) new StateEncoder(migrated.memory)
    return migrated
  } catch (cause) {
    throw faulted(`it was stored under ${versions}, and migrate threw`, cause)
  }
}

function faulted(why: string, cause?: unknown): CentrumError {
  return new CentrumError('faulted', `the channel does not open: ${why}`, { cause })
}
