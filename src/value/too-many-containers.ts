/** More arrays and objects in one value than the reader was given: bytes that are well formed, and heavier to decode than they look. */
export class TooManyContainers extends Error {
  override readonly name = 'TooManyContainers'

  constructor(max: number) {
    super(`more than ${max} arrays and objects`)
  }
}
