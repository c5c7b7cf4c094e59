/**
 * Where a text stops being JSON, and what was expected there. The engine's own message has no position in some versions of
 * Node, and a wrong comma in a file of forty lines is found by its line. Knows nothing of what the JSON means.
 */

export interface JsonProblem {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** What is wrong there, as the end of a sentence. */
  readonly what: string
}

/** How many levels of nesting of a JSON file are searched for the problem. */
const DEPTH_MAX = 200

/** Between the quotes: all but controls, the quote itself and a lone backslash. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y
const WORD = /(?:true|false|null)(?![\w$])/y
const SPACE = /[ \t\n\r]*/y

/** The first problem; null where the text is JSON. */
export function jsonProblem(text: string): JsonProblem | null {
  try {
    const scanner = new Scanner(text)
    scanner.value(0)
    scanner.end()
    return null
  } catch (error) {
    if (error instanceof Stop) return { ...placeOf(text, error.at), what: error.message }
    throw error
  }
}

class Stop extends Error {
  readonly at: number

  constructor(at: number, what: string) {
    super(what)
    this.at = at
  }
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): void {
    if (depth > DEPTH_MAX) this.#stop(`it is nested more than ${DEPTH_MAX} levels deep`)
    this.#take(SPACE)
    if (this.#skip('{')) this.#members('}', () => this.#property(depth))
    else if (this.#skip('[')) this.#members(']', () => this.value(depth + 1))
    else if (!this.#take(STRING) && !this.#take(NUMBER) && !this.#take(WORD)) this.#expected('a value')
  }

  end(): void {
    this.#take(SPACE)
    if (this.#at < this.#text.length) this.#expected('the end of the file')
  }

  #property(depth: number): void {
    this.#take(SPACE)
    if (!this.#take(STRING)) this.#expected('a name in double quotes')
    this.#take(SPACE)
    if (!this.#skip(':')) this.#expected("':'")
    this.value(depth + 1)
  }

  #members(close: string, member: () => void): void {
    this.#take(SPACE)
    if (this.#skip(close)) return
    for (;;) {
      member()
      this.#take(SPACE)
      if (this.#skip(close)) return
      const comma = this.#at
      if (!this.#skip(',')) this.#expected(`',' or '${close}'`)
      this.#take(SPACE)
      if (this.#text[this.#at] !== close) continue
      this.#at = comma
      this.#stop(`there is a comma before '${close}', which JSON does not allow`)
    }
  }

  #skip(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false
    this.#at++
    return true
  }

  #take(token: RegExp): boolean {
    token.lastIndex = this.#at
    if (!token.test(this.#text)) return false
    this.#at = token.lastIndex
    return true
  }

  #expected(wanted: string): never {
    const rest = this.#text.slice(this.#at)
    if (rest === '') this.#stop(`the file ends where ${wanted} is expected`)
    if (/^\/[/*]/.test(rest)) this.#stop('there is a comment, which JSON does not allow')
    if (rest.startsWith("'")) this.#stop(`${wanted} is expected; JSON allows only double quotes`)
    if (rest.startsWith('"'))
      this.#stop(`${wanted} is expected; this string is not closed, or contains a character that JSON must escape`)
    this.#stop(
      `${wanted} is expected, but there is '${/^[\w$.-]+|^./u.exec(rest)?.[0].slice(0, 20) ?? rest.slice(0, 1)}'`,
    )
  }

  #stop(what: string): never {
    throw new Stop(this.#at, what)
  }
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
