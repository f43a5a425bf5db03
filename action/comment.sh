#!/usr/bin/env bash
# Keeps one comment per config on the pull request: the page's first line is a hidden marker; the comment of ours that begins
# with it is updated, or else a new one is made. What somebody else wrote is never touched, whatever it quotes.
#
#   PAGE       the page
#   TOKEN      may write to pull requests
#   UNTRUSTED  true in a workflow_run job: the page is from a run of a fork's code
set -euo pipefail
# shellcheck source=action/lib.sh
. "${GITHUB_ACTION_PATH}/action/lib.sh"
# shellcheck source=action/event.sh
. "${GITHUB_ACTION_PATH}/action/event.sh"
# shellcheck source=action/api.sh
. "${GITHUB_ACTION_PATH}/action/api.sh"

work=$(mktemp -d "$RUNNER_TEMP/bursar-comment.XXXXXX")
trap 'rm -rf "$work"' EXIT
page=$work/page.md
repository=repos/$GITHUB_REPOSITORY

if [ "${UNTRUSTED:-}" = true ]; then
  # shellcheck source=action/untrusted.sh
  . "${GITHUB_ACTION_PATH}/action/untrusted.sh"
  # shellcheck disable=SC2153 # PAGE is given
  read_untrusted "$PAGE" "$page"
  head_sha=$(event .workflow_run.head_sha)
  number=$(pull_request_of_run)
  [ -n "$number" ] || { notice "no open pull request has the commit of that run, so there is nothing to comment on"; exit 0; }
else
  cp -- "$PAGE" "$page"
  head_sha=$(event .pull_request.head.sha)
  number=$(pull_request)
fi
marker=$(head -n 1 "$page")
[[ $marker =~ ^'<!-- bursar:'[^\<\>]+' -->'$ ]] || fail "the page does not begin with the marker of a config"

# A comment holds so many characters. Bytes are never fewer.
if [ "$(wc -c < "$page")" -gt 65536 ]; then
  printf '%s\nThe page is too long for a comment. **This is no approval record:** [the job summary](%s) has it.\n' "$marker" "$(run_url)" > "$page"
fi
jq -n --rawfile body "$page" '{ body: $body }' > "$work/body.json"

# Whether the pull request has moved on while this run was busy: the newer run has the word.
moved() {
  api GET "$repository/pulls/$number"
  [ "$status" = 200 ] && [ "$(jq -r '.head.sha' "$answer")" != "$head_sha" ]
}

# The id of the first comment of ours with the marker, or nothing; by pages.
find_comment() {
  local at=1 id
  found=
  while :; do
    api GET "$repository/issues/$number/comments?per_page=100&page=$at"
    [ "$status" = 200 ] || return 0
    id=$(jq -r --arg marker "$marker" --arg login "$login" \
      '[.[] | select(.user.login == $login and (.body | split("\n")[0] | rtrimstr("\r")) == $marker)][0].id // empty' "$answer")
    if [ -n "$id" ]; then
      found=$id
      return 0
    fi
    [ "$(jq length "$answer")" -ge 100 ] || return 0
    at=$((at + 1))
  done
}

# Who the token is. An app's token has no /user, but it is the viewer.
whoami_there() {
  jq -n '{ query: "query { viewer { login } }" }' > "$work/viewer.json"
  api POST "${GITHUB_GRAPHQL_URL:-$GITHUB_API_URL/graphql}" "$work/viewer.json"
  login=
  [ "$status" != 200 ] || login=$(jq -r '.data.viewer.login // empty' "$answer")
  login=${login:-github-actions[bot]}
}

whoami_there
for attempt in 1 2 3 4 5; do
  if moved; then
    notice "the pull request has a newer commit, whose run comments"
    exit 0
  fi
  # Looked for each time: an answer that was lost may have been to a comment that was made.
  find_comment
  if [ "$status" = 200 ]; then
    if [ -n "$found" ]; then
      api PATCH "$repository/issues/comments/$found" "$work/body.json"
    else
      api POST "$repository/issues/$number/comments" "$work/body.json"
    fi
  fi
  case $status in
    200 | 201)
      echo "commented: $(jq -r .html_url "$answer")"
      exit 0
      ;;
    401 | 403 | 404 | 410 | 422)
      if [ "$status" = 404 ] && [ -n "$found" ] && [ "$attempt" -lt 5 ]; then continue; fi
      if ! limited; then
        # A token that may not comment has no older comment that could mislead.
        notice "no comment: GitHub answered $status ($(jq -r '.message // empty' "$answer" 2> /dev/null | head -c 200)). The page is in the job summary; a comment needs pull-requests: write, which forks do not get"
        exit 0
      fi
      ;;
  esac
  [ "$attempt" = 5 ] || pause "$attempt"
done
fail "GitHub did not take the comment ($status); an older one may stand that is not about this commit"
