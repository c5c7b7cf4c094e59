#!/usr/bin/env bash
# npm 11.19.1: where a package names an optional dependency that the registry does not have, `npm install` succeeds and writes a
# package-lock.json without it, as it always did; but `npm ci` then refuses that very lock file ("can only install packages when your
# package.json and package-lock.json are in sync … Missing: name@ from lock file"), and the `npm install` that it advises changes nothing.
# npm 10.9.3 and 11.0.0 install from the same lock file.
#
# Seen: npm 11.0.0   install 0, ci 0
#       npm 11.19.1  install 0, ci 1, install again 0, ci again 1
# One would have guessed that a lock file which `npm install` has just written is always good for `npm ci` of the same npm, and that an
# optional dependency which cannot be had is left out by both.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/dep" "$folder/app"
echo '{"name":"dep","version":"1.0.0","optionalDependencies":{"a-name-that-nobody-has-taken-for-this-test":"^1.0.0"}}' > "$folder/dep/package.json"
echo '{"name":"app","version":"1.0.0","dependencies":{"dep":"file:../dep/dep-1.0.0.tgz"}}' > "$folder/app/package.json"
(cd "$folder/dep" && npm pack --silent > /dev/null)
cd "$folder/app"

run() { npx --yes -p "npm@$1" npm "$2" --no-audit --no-fund > "$folder/out" 2>&1 && echo 0 || echo 1; }

rm -rf node_modules package-lock.json
old="$(run 11.0.0 install) $(run 11.0.0 ci)"
echo "npm 11.0.0: install and ci end with $old"
rm -rf node_modules package-lock.json
new="$(run 11.19.1 install) $(run 11.19.1 ci) $(run 11.19.1 install) $(run 11.19.1 ci)"
echo "npm 11.19.1: install, ci, install, ci end with $new"
grep -m 1 Missing "$folder/out" || true
[ "$old" = '0 0' ] && [ "$new" = '0 1 0 1' ]
