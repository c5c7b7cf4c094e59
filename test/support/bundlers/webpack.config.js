export default {
  mode: 'production',
  entry: './page.js',
  output: { path: `${import.meta.dirname ?? process.cwd()}/out/webpack`, filename: 'page.js' },
}
