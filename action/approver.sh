#!/usr/bin/env bash
# Asks GitHub who approved the deployments of this run, for the ledger. An apply does not wait for the answer to be good:
# without one the ledger has no approver, and that is said.
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"
# shellcheck source=action/api.sh
. "${GITHUB_ACTION_PATH}/action/api.sh"

# What the workflow itself says goes first.
[ -z "${BURSAR_APPROVER:-}" ] || exit 0

nobody() {
  notice "The ledger gets no approver: $1"
  exit 0
}

[[ $TOKEN =~ ^[A-Za-z0-9_.=-]+$ ]] || nobody "there is no token to ask GitHub with"
[[ $GITHUB_REPOSITORY =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ && $GITHUB_RUN_ID =~ ^[0-9]+$ ]] || nobody "GitHub does not say which run this is"
work=$(mktemp -d "$RUNNER_TEMP/bursar-approver.XXXXXX")
for attempt in 1 2 3; do
  api GET "repos/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID/approvals"
  case $status in 000 | 429 | 5*) ;; *) break ;; esac
  [ "$attempt" = 3 ] || pause "$attempt"
done
case $status in
  200) ;;
  403 | 404) nobody "GitHub answered $status; give the job \`permissions: actions: read\`" ;;
  *) nobody "GitHub answered $status" ;;
esac
# A name goes into a list with commas.
approver=$(jq -r '[.[] | select(.state == "approved") | .user.login | select(type == "string" and test("^[A-Za-z0-9_.\\[\\]-]+$"))]
  | unique | join(",")' "$answer" 2> /dev/null) || nobody "GitHub's answer cannot be read"
output approver "$approver"
