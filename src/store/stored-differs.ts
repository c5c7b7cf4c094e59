/** What is done where the state that is stored of a channel is not what its code begins with. Does nothing of it. */

/** Nothing, a line in the log, or the channel begins anew. */
export const STORED_DIFFERS = ['ignored', 'logged', 'begun-anew'] as const
export type StoredDiffers = (typeof STORED_DIFFERS)[number]
