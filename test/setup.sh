#!/bin/sh
# Runs before every npm script, on whatever Node the machine has: installs the packages when the lock file changed.
# All output goes to stderr: `npm start -- --once --json` promises nothing but JSON on stdout.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.fairlead-installed
if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp"; then
  exit 0
fi
if [ "${FAIRLEAD_SETUP_LOCKED:-}" != 1 ] && command -v flock > /dev/null 2>&1; then
  # Two commands started together must not install into each other's node_modules.
  FAIRLEAD_SETUP_LOCKED=1 exec flock package-lock.json sh test/setup.sh
fi
echo 'fairlead: installing npm packages as package-lock.json says (npm ci), half a minute' >&2
npm ci --loglevel=error --no-audit --no-fund >&2
cp package-lock.json "$stamp"
