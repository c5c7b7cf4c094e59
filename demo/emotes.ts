/** The signs that a player can show over its head. */
export const EMOTES = ['heart', 'star', 'note', 'smile', 'bang', 'sleep'] as const

export type Emote = (typeof EMOTES)[number]
