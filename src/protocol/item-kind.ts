/** What the channel says to one link alone. */
export const answer = 1 as const
export const failed = 2 as const
export const event = 3 as const
export const processor = 4 as const
