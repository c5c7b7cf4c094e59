/** Gives documents the titles and groups of the index, and modules the names that users import them by. */
import { basename } from 'node:path'
import { Converter } from 'typedoc'
import { PAGES, TITLES } from './pages.mjs'

const groupOf = new Map(Object.entries(PAGES).flatMap(([group, pages]) => pages.map((page) => [basename(page), group])))

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const page = basename(document.name)
    const [first] = document.content
    const heading = /^# (.+)\n/.exec(first?.text ?? '')
    if (heading) document.name = TITLES[page] ?? heading[1]
    // Anchors are made of headings without their code: of `gap` nothing would be left.
    for (const [i, part] of document.content.entries()) {
      const isHeading =
        part.kind === 'code' && /^#{1,6} [^\n]*$/m.test(document.content[i - 1]?.text.split('\n').at(-1) ?? '')
      if (isHeading) document.content[i] = { kind: 'text', text: part.text.replaceAll('`', '') }
    }
    document.frontmatter = { ...document.frontmatter, group: groupOf.get(page) ?? 'Internals' }
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.children ?? []) {
      module.name = module.name === 'index' ? 'centrum' : `centrum/${module.name}`
      // What a file says of itself is taken for a word about its first export.
      for (const reflection of module.children ?? []) {
        if (!reflection.signatures || !reflection.comment) continue
        module.comment ??= reflection.comment
        delete reflection.comment
      }
    }
  })
  // The page has its title already.
  app.converter.on(Converter.EVENT_RESOLVE_END, (context) => {
    const [first] = context.project.readme ?? []
    if (first) first.text = first.text.replace(/^# .+\n/, '')
  })
}
