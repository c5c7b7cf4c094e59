/**
 * G2: what a client sees at a version equals what the owner had at that version. Listens to the owner's own contexts, from within the
 * app that each back is given, and looks at them after each thing that happened in it.
 */
import type { App, AppMatch, ImplementedChannel } from '../../../src/channel/app.js'
import type { ChannelHandlers, ChannelImplementation } from '../../../src/channel/channel-implementation.js'
import type { ChannelContext } from '../../../src/channel/context.js'
import type { SimulatedProcess } from '../../../src/testing/simulated-process.js'
import type { Findings } from '../findings.js'

interface Owned {
  readonly ctx: ChannelContext
  /** Kept, since a context that is over does not tell any more, and the last turn is published behind its end. */
  readonly state: object
  lastVersion: number
  over: boolean
}

export class StateChecker {
  readonly #findings: Findings
  readonly #owned = new Map<SimulatedProcess, Set<Owned>>()
  readonly #published = new Map<string, Map<number, unknown>>()
  readonly #behind = new Set<string>()
  readonly #epochs = new Map<string, number>()
  compared = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** The app as a back is to run it: its channels tell when they open and close. */
  appFor<A extends App>(app: A, back: SimulatedProcess): A {
    const owned = new Set<Owned>()
    this.#owned.set(back, owned)
    const wrapped = new Map<ChannelImplementation, ChannelImplementation>()
    for (const implementation of app.channels.values()) {
      wrapped.set(implementation, { ...implementation, handlers: this.#listening(implementation.handlers, owned) })
    }
    const match = (id: string): AppMatch | null => {
      const found = app.match(id)
      const implementation = found === null ? undefined : wrapped.get(found.implementation)
      return found === null || implementation === undefined ? found : { ...found, implementation }
    }
    const channels = new Map(
      [...app.channels].map(([pattern, given]) => [pattern, wrapped.get(given) as ImplementedChannel]),
    )
    return { ...app, channels, match }
  }

  #listening(handlers: ChannelHandlers, owned: Set<Owned>): ChannelHandlers {
    return {
      ...handlers,
      onOpen: (ctx) => {
        this.#opens(ctx)
        // What a keyframe has that is made before the first turn.
        this.#versionsOf(ctx.id, ctx.epoch).set(ctx.version, copyOf(ctx.state))
        owned.add({ ctx, state: ctx.state, lastVersion: -1, over: false })
        return handlers.onOpen?.(ctx)
      },
      onClose: (ctx, reason) => {
        for (const one of owned) if (one.ctx === ctx) one.over = true
        return handlers.onClose?.(ctx, reason)
      },
    }
  }

  #opens({ id, epoch, now }: ChannelContext): void {
    const before = this.#epochs.get(id) ?? 0
    if (epoch <= before && now < before) this.#behind.add(`${id}@${epoch}`)
    else if (epoch <= before) this.#findings.add('G1', id, `opened in epoch ${epoch} after ${before}`)
    this.#epochs.set(id, Math.max(epoch, before))
  }

  /**
   * Whether a back opened that epoch that had begun anew with its clock set back, before a front that knew better had asked.
   * V1: who saw a later one takes it where nobody knows better for long.
   */
  isBehind(channelId: string, epoch: number): boolean {
    return this.#behind.has(`${channelId}@${epoch}`)
  }

  /** Something has happened in a back: whether turns were published. */
  look(back: SimulatedProcess): void {
    const owned = this.#owned.get(back)
    if (owned === undefined) return
    for (const one of owned) {
      const { version, id, epoch } = one.ctx
      if (version !== one.lastVersion) this.#versionsOf(id, epoch).set(version, copyOf(one.state))
      one.lastVersion = version
    }
  }

  /** A client sees a state. */
  seen(who: string, channelId: string, epoch: number, version: number, state: unknown): void {
    const published = this.#versionsOf(channelId, epoch).get(version)
    this.compared++
    this.#findings.saw('a state compared')
    if (published === undefined) {
      this.#findings.add('G2', who, `is at version ${version} of ${channelId}, epoch ${epoch}, which nobody published`)
    } else if (!isSame(published, state)) {
      this.#findings.add(
        'G2',
        who,
        `at version ${version} of ${channelId}, epoch ${epoch}, sees ${JSON.stringify(state)}, which is not the owner's`,
      )
    }
  }

  /** The newest version of a channel that runs; null where none does. */
  newest(channelId: string): { readonly epoch: number; readonly version: number } | null {
    for (const [back, owned] of this.#owned) {
      if (back.state === 'dead') continue
      for (const { ctx, over } of owned)
        if (!over && ctx.id === channelId) return { epoch: ctx.epoch, version: ctx.version }
    }
    return null
  }

  #versionsOf(channelId: string, epoch: number): Map<number, unknown> {
    const key = `${channelId}@${epoch}`
    const versions = this.#published.get(key) ?? new Map<number, unknown>()
    this.#published.set(key, versions)
    return versions
  }
}

/** Plain data of its own, also of what an owner tracks. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const copy: Record<string, unknown> = {}
  for (const [key, of] of Object.entries(value)) copy[key] = copyOf(of)
  return copy
}

/** Plain data that is equal, whatever the order of its keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false
    if (!isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false
  }
  return true
}
