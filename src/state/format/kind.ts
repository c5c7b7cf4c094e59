/** How a field of a shape is written. `any` leads with its type; the others are bare numbers. */
export const any = 0 as const
export const f64 = 1 as const
export const f32 = 2 as const
export const u8 = 3 as const
export const u16 = 4 as const
export const u32 = 5 as const
export const i8 = 6 as const
export const i16 = 7 as const
export const i32 = 8 as const
export const range = 9 as const
