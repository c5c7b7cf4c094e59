/** The index of the site: which documents there are, in which order, under which heading. */
export const PAGES = {
  Start: ['start'],
  Learn: ['learn-chat', 'learn-game'],
  Concepts: ['concepts', 'state', 'prediction', 'glossary'],
  Recipes: ['guide', 'recipes', 'testing'],
  Operate: ['operate', 'cli', 'options', 'limits', 'errors', 'logs', 'performance'],
  'Coming from …': ['coming-from'],
  Internals: ['protocol', '../ARCHITECTURE', '../CONTRIBUTING'],
}

/** Titles that are not the first heading of the document. */
export const TITLES = { 'learn-chat': 'A chat', 'learn-game': 'A game with prediction' }
