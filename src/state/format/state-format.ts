/**
 * The numbers that both sides of a state share: how keyframes and patches are built is in docs/protocol.md, "Encoded state".
 * What leads a value is as in `value/value.ts`, except for containers, which state numbers and describes by shapes.
 */
import * as KIND from './kind.js'
import * as STATE_LEAD from './state-lead.js'

/** The first byte of every keyframe. A patch belongs to a keyframe and has none. */
export const STATE_FORMAT = 1

export { STATE_LEAD }
export const LIST_SMALL = 15
export const SHAPE_SMALL = 15

/** An object with more keys than this is a record (slots and keys), never a struct with a shape. */
export const SHAPE_FIELDS_MAX = 31
/** How many shapes one state may have. Objects with further shapes are records. */
export const SHAPES_MAX = 1024

/** What follows the mask of a struct whose lowest bit is set. From `known` on it is the number of the new shape; 2 is kept free. */
export const RESHAPE = { record: 0, new: 1, known: 3 } as const

export { KIND }
export type Kind = (typeof KIND)[keyof typeof KIND]

/** How many bytes a number of each kind takes; 0 where it depends on the value or on the range. */
export const KIND_BYTES: readonly number[] = [0, 8, 4, 1, 2, 4, 1, 2, 4, 0]

/** The low half of the float64 that says: not a number, a value of any kind follows. The high half is that of NaN. */
export const ESCAPE_LOW = 1
export const NAN_HIGH = 0x7ff80000

/** How many code units a text may share with the one before it. */
export const SHARED_MAX = 255
/** How many changes of the root a patch may have. */
export const CHANGES_MAX = 8

/** What the head of a run of entries is made of: how many there are, whether they are structs of one shape, whether the keys are numbers. */
export const RUN = { unit: 4, structs: 1, numbers: 2 } as const

/** Patches are numbered from that of the keyframe on; the number begins anew after so many. The bit beyond says that numbers of shapes are given up. */
export const PATCH_NUMBERS = 128
export const DROPS_SHAPES = 0x80

/** A collection with more holes than this, and more holes than entries, gets new slots at the end of that change. */
export const HOLES_MAX = 32

/** How a column of a run of structs is written in a keyframe. */
export const COLUMN = { plain: 0, texts: 1, keys: 2 } as const
