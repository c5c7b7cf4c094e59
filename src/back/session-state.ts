/**
 * Where a session stands in its channel: a union in which each state has only its own fields, and the pure transitions between
 * them. Knows nothing of numbers, items and handlers.
 *
 *     linking ── accept ──▶ linked ── beginEnd ──▶ ending ── disconnect ──▶ disconnected
 *
 * Until it is disconnected a session has contact or is in grace; once its link was accepted, LINKED may be due. Those are all nine
 * states, with the disconnected one.
 */
import type { Client } from '../channel/context.js'
import type { Timer } from '../runtime/runtime.js'
import type { RoomWaiter } from './room-queue.js'

/** Where frames for a session go: a connected front master. */
export interface Carrier {
  /** The longest frame that it takes. */
  readonly frameBytesMax: number
  /** Bytes that may be sent now; 0 or less while its link is busy. */
  readonly room: number
  send(frame: Uint8Array): void
  /** Has the waiter proceed when there is room, in turn with others. */
  whenRoom(waiter: RoomWaiter<Carrier>): void
  /** This carrier's link of that ref has ended, or goes on elsewhere. */
  release(ref: number): void
}

export interface Attached {
  readonly state: 'attached'
  readonly carrier: Carrier
  readonly ref: number
}

/** Attached, and LINKED goes out with the turn: for the first time, or because the session goes on. */
export interface LinkedDue {
  readonly state: 'linkedDue'
  readonly carrier: Carrier
  readonly ref: number
  /** The events of a new link begin behind so many of this turn; null for behind the turn. */
  readonly eventsAfter: number | null
}

/** Contact is lost, and the session is waited for. */
export interface Grace {
  readonly state: 'grace'
  readonly timer: Timer | null
  /** Whether `onDrop` has yet to run: a session that was restored and returns in time was never dropped. */
  readonly isDropDue: boolean
}

/** What a link has from the moment in which `onLink` accepted it. */
export interface AcceptedLink {
  /** Null for a front or channel that speaks for itself. */
  readonly client: Client | null
  /** Counts the links that the channel accepted within its origin. */
  readonly serial: number
  /** What `onLink` returned, encoded; null for nothing. */
  readonly reply: Uint8Array | null
}

export type SessionState =
  /** `onLink` has not settled. */
  | { readonly phase: 'linking'; readonly contact: Attached | Grace }
  | { readonly phase: 'linked'; readonly contact: Contact; readonly link: AcceptedLink }
  /** `onUnlink` runs. */
  | { readonly phase: 'ending'; readonly contact: Contact; readonly link: AcceptedLink }
  /** Nothing is added or received any more. Until the end of the turn it still knows by which contact the rest goes out. */
  | { readonly phase: 'disconnected'; readonly contact: Contact | null; readonly link: AcceptedLink | null }

export type Contact = Attached | LinkedDue | Grace

const DETACHED: SessionState = { phase: 'disconnected', contact: null, link: null }

/** The session comes through this connection and ref from now on; one whose end has begun does not. */
export function attach(state: SessionState, carrier: Carrier, ref: number): SessionState {
  switch (state.phase) {
    case 'linking':
      return { phase: 'linking', contact: { state: 'attached', carrier, ref } }
    case 'linked':
      return { ...state, contact: { state: 'linkedDue', carrier, ref, eventsAfter: null } }
    case 'ending':
    case 'disconnected':
      return state
  }
}

/** L5: contact is lost. One that was restored and has not returned is dropped only where it does not. */
export function drop(state: SessionState, timer: Timer | null): SessionState {
  const isDropDue = state.contact?.state === 'grace' && state.contact.isDropDue
  const contact: Grace = { state: 'grace', timer, isDropDue }
  switch (state.phase) {
    case 'linking':
      return { phase: 'linking', contact }
    case 'linked':
    case 'ending':
      return { ...state, contact }
    case 'disconnected':
      return state
  }
}

/** `onLink` accepted the link, behind so many events of the turn. */
export function accept(state: SessionState, link: AcceptedLink, eventsAfter: number): SessionState {
  if (state.phase !== 'linking') return state
  const { contact } = state
  if (contact.state === 'grace') return { phase: 'linked', contact, link }
  const { carrier, ref } = contact
  return { phase: 'linked', contact: { state: 'linkedDue', carrier, ref, eventsAfter }, link }
}

/** The link is the one of an image, which was accepted; whether `onDrop` has run for it is not known, and so it is due. */
export function restore(state: SessionState, link: AcceptedLink): SessionState {
  if (state.phase !== 'linking') return state
  const { contact } = state
  return { phase: 'linked', contact: contact.state === 'grace' ? { ...contact, isDropDue: true } : contact, link }
}

/** LINKED is part of the turn's outcome. */
export function announce(state: SessionState): SessionState {
  if (state.phase === 'linking' || state.contact?.state !== 'linkedDue') return state
  const { carrier, ref } = state.contact
  return { ...state, contact: { state: 'attached', carrier, ref } }
}

/** `onUnlink` begins; a link that was not accepted has none. */
export function beginEnd(state: SessionState): SessionState {
  return state.phase === 'linked' ? { ...state, phase: 'ending' } : state
}

/** The link has ended. */
export function disconnect(state: SessionState): SessionState {
  switch (state.phase) {
    case 'linking':
      return { phase: 'disconnected', contact: state.contact, link: null }
    case 'linked':
    case 'ending':
      return { ...state, phase: 'disconnected' }
    case 'disconnected':
      return state
  }
}

/** The last of it is part of the turn's outcome. */
export function detach(state: SessionState): SessionState {
  return state.phase === 'disconnected' ? DETACHED : state
}
