/**
 * The inspector as an app of its own: what is in a cluster, and what happens in a channel, as channels that its page links to. It
 * watches through a front master, which it is given.
 */
import { defineApp } from '../channel/define-app.js'
import { defineChannel } from '../channel/define-channel.js'
import { unchecked } from '../channel/schema.js'
import type { FrontMaster } from '../front/front-master.js'
import { type WatchedArrival, ChannelWatch } from './channel-watch.js'
import { type DescribedChannel, describeApp } from './describe-app.js'

export interface OverviewState {
  /** Where clients of the app connect. */
  readonly fronts: readonly string[]
  readonly declared: readonly DescribedChannel[]
  /** Open channels, in the order of their ids. */
  channels: readonly { readonly id: string; readonly back: string }[]
  backs: readonly { readonly id: string; readonly up: boolean; readonly channels: number }[]
}

export interface WatchedState {
  epoch: number
  version: number
  /** Null until it is there. */
  state: object | null
  problem: string | null
}

const OVERVIEW_MS = 500
const WATCH_MS = 50

/** A channel's id as one part of another id, and back. */
export const watchedId = {
  of: (id: string): string => id.replaceAll('~', '~0').replaceAll('/', '~1'),
  from: (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~'),
}

export function inspectorApp(front: FrontMaster, fronts: readonly string[]) {
  const overview = defineChannel({
    state: (): OverviewState => ({ fronts, declared: describeApp(front.app), channels: [], backs: [] }),
    tickMs: OVERVIEW_MS,
  }).implement({
    onTick({ state }) {
      const channels = front.openChannels().sort((one, other) => (one.id < other.id ? -1 : 1))
      const backs = front.inspect().backs.map(({ id, up, openChannels }) => ({ id, up, channels: openChannels }))
      // The same again is no change.
      if (!isSame(state.channels, channels)) state.channels = channels
      if (!isSame(state.backs, backs)) state.backs = backs
    },
  })
  return defineApp({
    channels: { overview, 'watched/:id': watchedChannel(front) },
    authenticate: () => ({ userId: 'developer', data: undefined }),
  })
}

function watchedChannel(front: FrontMaster) {
  const watches = new Map<string, { readonly watch: ChannelWatch; viewers: number }>()
  return defineChannel({
    state: (): WatchedState => ({ epoch: 0, version: 0, state: null, problem: null }),
    events: { arrived: unchecked<WatchedArrival[]>() },
    tickMs: WATCH_MS,
  }).implement({
    onLink(ctx) {
      const found = watches.get(ctx.id)
      if (found) found.viewers++
      else {
        const watch = new ChannelWatch(front.channel(watchedId.from(ctx.params['id'] ?? '')))
        watches.set(ctx.id, { watch, viewers: 1 })
      }
    },
    onUnlink(ctx) {
      const found = watches.get(ctx.id)
      if (found === undefined || --found.viewers > 0) return
      found.watch.close()
      watches.delete(ctx.id)
      ctx.close('nobody looks')
    },
    onTick(ctx) {
      const watch = watches.get(ctx.id)?.watch
      if (watch === undefined) return
      const { epoch, version, state, problem } = watch
      // A new value only where something changed: the two are compared by identity.
      if (ctx.state.version !== version || ctx.state.epoch !== epoch || ctx.state.state === null) {
        Object.assign(ctx.state, { epoch, version, state })
      }
      ctx.state.problem = problem
      const arrived = watch.takeArrivals()
      if (arrived.length > 0) ctx.broadcast('arrived', arrived)
    },
  })
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
