#!/usr/bin/env bash
# The last step: passes or fails as the run did. By now the comment and the artifact are there.
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"

case $VERDICT in
  pass) ;;
  fail) fail "$REASON" ;;
  *) fail "the run told no verdict" ;;
esac
