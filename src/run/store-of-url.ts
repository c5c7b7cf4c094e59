/** A store as flags, variables and options name it: by a URL. Knows no option. */
import { CentrumError } from '../protocol/errors.js'
import { sqliteStore } from '../sqlite/sqlite-store.js'
import type { Store } from '../store/store.js'

/** `sqlite:data/app.db`. Throws a `CentrumError`: `invalid-option`, `not-built`. `name`: of what named it, in the message. */
export function storeOfUrl(url: string, name = 'store'): Store {
  const [, scheme, rest = ''] = /^([a-z][a-z+]*):(.*)$/s.exec(url) ?? []
  if (scheme === 'sqlite' && rest !== '') return sqliteStore({ path: rest.replace(/^\/\/(?=\/)/, '') })
  if (scheme === 'postgres' || scheme === 'postgresql') {
    throw new CentrumError(
      'not-built',
      `${name} names a PostgreSQL database. This version keeps channels in files: ${name} sqlite:data/app.db.`,
    )
  }
  const hint = scheme === undefined && url !== '' ? ` Did you mean 'sqlite:${url}'?` : ''
  throw new CentrumError('invalid-option', `${name} is '${url}'. It must be a URL such as sqlite:data/app.db.${hint}`)
}
