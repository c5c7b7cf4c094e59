/**
 * What a master sees of its link to another one: frames in, frames out, and the end of it. The link is ordered or broken,
 * never lossy. `open-link.ts` is the real one; tests may bring their own.
 */
import type { MasterRole } from '../protocol/master-packets.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'

/** Who is at the other end. */
export interface LinkPeer {
  readonly role: MasterRole
  readonly id: string
  /** 16 hex digits: one run of that master. */
  readonly incarnation: string
  /** Which dial of the dialling side's incarnation made this link. */
  readonly connection: number
  /** The version of the protocol that both speak. */
  readonly version: number
  /** How long a back waits for sessions that lost contact; 0 of a front. */
  readonly graceMs: number
}

/** Events of a link. `onClosed` comes exactly once, whichever side closed it, and no frame after it. */
export interface LinkEvents {
  /**
   * A frame, in the order in which it was sent: its type byte and its body. It is a view that stays as it is; one that is kept
   * for long keeps up to 64 KiB with it. A `DecodeError` that is thrown here closes the link with `protocol-error`.
   */
  onFrame(frame: Uint8Array): void
  /** What stands for a frame, within a process: in order with all others, and within the call of the other side. */
  onGiven?(frame: object): void
  onClosed(reason: Reason, message: string): void
  /** All that waited has left this process. */
  onDrained?(): void
}

export interface MasterLink {
  readonly peer: LinkPeer
  /** False once it is closed or broken: what is sent then goes nowhere. */
  readonly open: boolean
  /** The longest frame that the other side takes. */
  readonly frameBytesMax: number
  /**
   * How many bytes more may wait here before what can be held back is held back (`linkBusyBytesMax`); 0 or less while the link is
   * busy. `onDrained` comes once all that waited has gone.
   */
  readonly room: number
  /**
   * Appends a frame (type byte and body) to the open batch. The bytes are the link's from here on: nobody changes them any more.
   * Throws a `CentrumError` `too-large` for a frame that the other side would not take; nothing of it was sent then.
   */
  send(frame: Uint8Array): void
  /**
   * Within a process: gives the other side what stands for a frame, as it is and within this call, so that nothing is written and read.
   * False where it is to be sent: the other side is elsewhere, takes no such things, or has not had all that was sent before.
   */
  give?(frame: object): boolean
  /** Writes the open batch. `onClosed` is never called from within `send` and `flush`. */
  flush(): void
  /** Runs once in the next macrotask: for a flush of all that is sent in one. Within a process it is handed over in that macrotask. */
  soon(run: () => void): Timer
  /** Sends what is in the open batch and the reason, and ends. Tells `onClosed` before it returns. */
  close(reason: Reason, message: string): void
  /**
   * Resolves when the other side answers a ping that is sent now. Rejects with `timeout` after `limitMs` (a heartbeat unless
   * given), and with `connection-lost` when the link ends before.
   */
  ping(limitMs?: number): Promise<void>
  inspect(): LinkCounts
}

/** Counts of one link since it was opened. */
export interface LinkCounts {
  readonly batchesSent: number
  readonly batchesReceived: number
  readonly framesSent: number
  readonly framesReceived: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** What waits to leave this process: the open batch, and what the stream holds. */
  readonly bytesQueued: number
  /** Heartbeats without a sign of life, at this moment. */
  readonly heartbeatsMissed: number
  /** Of the last ping that was answered; null before the first. */
  readonly rttMs: number | null
  /** Since it was opened. */
  readonly ageMs: number
}
