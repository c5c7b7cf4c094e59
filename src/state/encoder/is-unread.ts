/** Whether anyone was seen to touch a large collection since it was last compared. */
import type { CollectionShadow } from '../shadow/shadow.js'

export function isUnread(shadow: CollectionShadow): boolean {
  const log = shadow.source?.log
  if (log === undefined || shadow.wholeLeft > 0) return false
  return (
    log.count === 0 && !shadow.isWatching && !log.isWhole && shadow.seen === log.base && shadow.wholes === log.wholes
  )
}
