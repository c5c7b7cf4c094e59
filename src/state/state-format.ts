/** The few numbers that encoder and mirror share: the version of the encoding of state, and the operations of a patch. */

/** The first byte of every keyframe and patch. */
export const STATE_FORMAT = 0

export const OPERATION = { set: 0, delete: 1, fields: 2, elements: 3 } as const
