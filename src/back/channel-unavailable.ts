/** Why a channel cannot be linked to on this back, and what its links are to do about it. */
import { CentrumError } from '../protocol/errors.js'
import type { Owner } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'

export class ChannelUnavailable extends CentrumError {
  /** Whether clients' libraries link again by themselves. */
  readonly relink: boolean
  /** The back that owns the channel, if it is another one and known. */
  readonly owner: Owner | null

  constructor(
    reason: Reason,
    message: string,
    { relink = false, owner = null }: { readonly relink?: boolean; readonly owner?: Owner | null } = {},
  ) {
    const named = owner && { id: owner.id, address: owner.address }
    super(reason, message, named === null ? {} : { details: { owner: named } })
    this.relink = relink
    this.owner = named
  }
}
