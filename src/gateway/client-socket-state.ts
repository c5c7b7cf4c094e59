/** The states of a client's socket between its handshake and its end. Types only. */
import type { ConnectionOrder } from '../protocol/connection-order.js'
import type { FrontSession } from '../relay/front-port.js'
import type { Timer } from '../runtime/runtime.js'
import type { ClientRequest } from './identify.js'

export type ClientSocketState =
  /** Until HELLO. */
  | { readonly state: 'handshaking'; readonly limit: Timer; readonly request: ClientRequest }
  /** Until it is known who the client is. */
  | { readonly state: 'authenticating'; readonly limit: Timer }
  | {
      readonly state: 'open'
      readonly session: FrontSession
      readonly connectionAttempt: number
      readonly frameBytesMax: number
      readonly version: number
      readonly features: number
      /** When the session was given its last resume token. */
      readonly welcomedAt: number
      /** When `authenticate` last said who it is, by the wall clock. */
      readonly authenticatedAt: number
      readonly request: ClientRequest
      /** Runs while a token is awaited. */
      readonly asked: Timer | null
    }
  /** Nothing is read any more; broken off at `limit`. */
  | { readonly state: 'closing'; readonly limit: Timer }
  | { readonly state: 'closed' }

export type OpenSocket = Extract<ClientSocketState, { readonly state: 'open' }>

/** What runs out in a state. */
export function timerOf(state: ClientSocketState): Timer | null {
  if (state.state === 'closed') return null
  return state.state === 'open' ? state.asked : state.limit
}

export function orderOf(state: ClientSocketState): ConnectionOrder {
  if (state.state !== 'open') return { tokenGeneration: 0, connectionAttempt: 0 }
  return { tokenGeneration: state.session.identity.tokenGeneration, connectionAttempt: state.connectionAttempt }
}
