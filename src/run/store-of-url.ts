/** A store as flags, variables and options name it: by a URL. Knows no option. */
import { CentrumError } from '../protocol/errors.js'
import { postgresStore } from '../postgres/postgres-store.js'
import { sqliteStore } from '../sqlite/sqlite-store.js'
import type { Store } from '../store/store.js'

/** `sqlite:data/app.db` or `postgres://…`. Throws a `CentrumError` `invalid-option`. `name`: of what named it, in the message. */
export function storeOfUrl(url: string, name = 'store'): Store {
  const [, scheme, rest = ''] = /^([a-z][a-z+]*):(.*)$/s.exec(url) ?? []
  if (scheme === 'sqlite' && rest !== '') return sqliteStore({ path: rest.replace(/^\/\/(?=\/)/, '') })
  if (scheme === 'postgres' || scheme === 'postgresql') {
    return postgresStore(url)
  }
  const hint = scheme === undefined && url !== '' ? ` Did you mean 'sqlite:${url}'?` : ''
  throw new CentrumError(
    'invalid-option',
    `${name} is '${url}'. It must be a URL such as sqlite:data/app.db or postgres://db.internal/app.${hint}`,
  )
}
