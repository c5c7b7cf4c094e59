/** Finds the page's elements, and makes new ones. Text is always set as text. */

/** The element of an id. Throws where the page has none of that kind. */
export function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`)
  return found
}

export function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text = '',
  className = '',
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag)
  node.textContent = text
  if (className !== '') node.className = className
  return node
}

/** Sets the text where it is another one: the page is not laid out anew for nothing. */
export function say(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
