/** Elements of the page, found by id and made by name. */

/** Throws where the page has none of that kind. */
export function element<T extends HTMLElement = HTMLElement>(id: string, kind?: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`there is no #${id} of that kind in the page`)
  return found as T
}

/** A new element with text, a class, and children. */
export function make(name: string, className: string, ...children: (string | Node)[]): HTMLElement {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}
