/** A dashboard that servers feed: they report by an internal message, which no browser may send, and browsers look on. */
import { defineApp, defineChannel, internal } from 'centrum'
import { z } from 'zod'

const HISTORY_MAX = 60
const SERVICES_MAX = 100

export interface Service {
  requests: number
  errors: number
  /** The last minute, newest last. */
  history: number[]
  seenAt: number
}

const metrics = defineChannel({
  state: () => ({ services: {} as Record<string, Service> }),
  messages: {
    report: internal(
      z.object({ service: z.string().max(40), requests: z.int().nonnegative(), errors: z.int().nonnegative() }),
    ),
  },
  tickMs: 250,
}).implement({
  onMessage: {
    report({ state, now }, _sender, { service, requests, errors }) {
      const known = Object.keys(state.services).length
      const row = state.services[service] ?? { requests: 0, errors: 0, history: [], seenAt: 0 }
      if (!(service in state.services) && known === SERVICES_MAX) return
      row.requests += requests
      row.errors += errors
      row.history.push(requests)
      if (row.history.length > HISTORY_MAX) row.history.shift()
      row.seenAt = now
      state.services[service] = row
    },
  },
})

export default defineApp({
  channels: { metrics },
  authenticate: () => ({ userId: 'viewer', data: undefined }),
})
