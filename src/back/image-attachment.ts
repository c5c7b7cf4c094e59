/** What a channel's `onImage` adds to its image, and how `onRestore` gets it back. Knows nothing of how images are kept. */
import type { ChannelContext, Restored } from '../channel/context.js'
import type { ChannelHandlers } from '../channel/channel-implementation.js'
import type { Log } from '../runtime/runtime.js'
import { describeValue } from '../options/describe-value.js'
import { errorText } from './error-text.js'

export interface ImageAttachment {
  readonly bytes: Uint8Array
  /** Of the state that it belongs to: below the image's where turns were added to that. */
  readonly version: number
}

/** Null where there is no `onImage`, or it failed: the image is written without. */
export function attachmentOf(
  { onImage }: ChannelHandlers,
  context: ChannelContext,
  version: number,
  log: Log,
): ImageAttachment | null {
  if (!onImage) return null
  try {
    const bytes = onImage(context)
    // A copy: the application goes on writing into its own.
    if (bytes instanceof Uint8Array) return { bytes: bytes.slice(), version }
    throw new TypeError(`onImage returned ${describeValue(bytes)}. It must return a Uint8Array, not a promise.`)
  } catch (error) {
    log.error('handler.failed', { handler: 'onImage', error: errorText(error) })
    return null
  }
}

export function restoredFrom(attachment: ImageAttachment | null, version: number): Restored {
  return { image: attachment?.bytes ?? null, imageVersion: attachment?.version ?? version }
}
