/** What an entry of a link's numbered stream is. */
export const message = 1 as const
export const request = 2 as const
export const unlink = 3 as const
export const take = 4 as const
export const release = 5 as const
export const cancelled = 6 as const
