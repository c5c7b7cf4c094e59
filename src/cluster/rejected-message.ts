/** What became of a message from the application's own database that no channel took. */

/** A message that was sent by `centrum.send` and rejected. It is kept until it is retried or dropped. */
export interface RejectedMessage {
  /** The number that `centrum.send` returned. */
  readonly id: number
  /** The channel that it was sent to. */
  readonly channel: string
  /** The name of the message. */
  readonly message: string
  /** Its payload; undefined where it has none. */
  readonly payload: unknown
  /** Why it was rejected. */
  readonly reason: string
}
