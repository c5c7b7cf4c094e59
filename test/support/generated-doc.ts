/** Documents that follow from tables in the code. Knows no table. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { inProject } from './project-root.js'

/** Fails with the difference where a document is not what it should be; with UPDATE_DOCS=1 it is written. */
export function expectDocument(path: string, expected: string): void {
  if (process.env['UPDATE_DOCS']) writeFileSync(inProject(path), expected)
  assert.equal(readFileSync(inProject(path), 'utf8'), expected, `${path} differs: UPDATE_DOCS=1 writes it`)
}

/** The same for the tables of a document whose other lines are written by hand: each follows `<!-- name -->`. */
export function expectTables(path: string, tables: Readonly<Record<string, string>>): void {
  let text = readFileSync(inProject(path), 'utf8')
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n\n)(\\|[^]*?\n)?(?=\n|$)`)
    assert.match(text, place, `${path} has a place for the table: <!-- ${name} -->`)
    text = text.replace(place, (_, mark: string) => `${mark}${table}`)
  }
  expectDocument(path, text)
}

/** Rows as Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
