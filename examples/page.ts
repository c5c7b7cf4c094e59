/** What the pages of the examples share. */

/** The element with this id. Throws where the page has none of that kind. */
export function element<T extends HTMLElement = HTMLElement>(id: string, kind?: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`there is no #${id} of that kind in the page`)
  return found as T
}
