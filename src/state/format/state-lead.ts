/** What leads a value in state, beyond the leads of payloads. `shape` is a range: the number of the shape is added. */
export const list = 0x60 as const
export const shape = 0x70 as const
export const longList = 0x8b as const
export const longShape = 0x90 as const
export const record = 0x91 as const
export const newShape = 0x92 as const
export const map = 0x93 as const
