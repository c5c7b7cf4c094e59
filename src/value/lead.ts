/**
 * Leading bytes of values. The first four are ranges: the number, the length in bytes or the count is added to them.
 * A module of constants, so that a bundler writes the numbers in place of the names.
 */
export const integer = 0x00 as const
export const text = 0x40 as const
export const array = 0x60 as const
export const object = 0x70 as const
const nothing = 0x80 as const
const absent = 0x81 as const
const no = 0x82 as const
const yes = 0x83 as const
export const float64 = 0x84 as const
export const float32 = 0x85 as const
export const positive = 0x86 as const
export const negative = 0x87 as const
export const longText = 0x88 as const
export const utf16Text = 0x89 as const
export const bytes = 0x8a as const
export const longArray = 0x8b as const
export const longObject = 0x8c as const
export { nothing as null, absent as undefined, no as false, yes as true }
