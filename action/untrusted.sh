# A page from the artifact of a fork's run. A fork can change the workflow that makes it, so it is data: it is held against
# what Bursar writes, made harmless, and framed.
# shellcheck shell=bash
# `repository`, `status` and `answer` are of comment.sh and api.sh.
# shellcheck disable=SC2154

# How the address of a run of this repository begins, as a regular expression.
# shellcheck disable=SC2001 # a set of characters
run_prefix() { sed 's/[][(){}.*+?^$|\\]/\\&/g' <<< "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/"; }

# read_untrusted FROM TO
read_untrusted() {
  local from=$1 to=$2
  [ -f "$from" ] && [ ! -L "$from" ] || fail "there is no page in the artifact"
  [ "$(wc -c < "$from")" -le 65000 ] || fail "the page of the artifact is too long"
  iconv -f UTF-8 -t UTF-8 < "$from" > /dev/null 2>&1 || fail "the page of the artifact is not UTF-8"
  jq -Rrs --arg run "$(run_prefix)" -f "${GITHUB_ACTION_PATH}/action/untrusted.jq" < "$from" > "$to" || fail "the page of the artifact is not one that Bursar writes"
}

# The number of the one open pull request whose head is the commit of the run. It comes from the event and the API: the
# artifact has no say in where its page goes.
pull_request_of_run() {
  local owner branch sha
  [ "$(event .workflow_run.event)" = pull_request ] || return 0
  owner=$(event .workflow_run.head_repository.owner.login)
  branch=$(event .workflow_run.head_branch)
  sha=$(event .workflow_run.head_sha)
  api GET "$repository/pulls?state=open&per_page=100&head=$(jq -rn --arg head "$owner:$branch" '$head | @uri')"
  [ "$status" = 200 ] || return 0
  jq -r --arg sha "$sha" --arg repository "$GITHUB_REPOSITORY" \
    '[.[] | select(.head.sha == $sha and .base.repo.full_name == $repository)] | if length == 1 then .[0].number else empty end' "$answer"
}
